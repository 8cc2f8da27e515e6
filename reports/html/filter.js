(function () {
  'use strict';
  var rows = Array.prototype.slice.call(document.querySelectorAll('#cells tr[id^="c-"]'));
  var place = document.getElementById('targets');
  function add(tag, text, into) { var e = document.createElement(tag); if (text) e.textContent = text; if (into) into.appendChild(e); return e; }
  document.querySelectorAll('code.again').forEach(function (code) {
    var b = add('button', 'copy'); b.type = 'button'; code.after(' ', b);
    b.setAttribute('aria-label', 'copy the command');
    b.onclick = function () {
      var done = function () { b.textContent = 'copied'; };
      if (navigator.clipboard) { navigator.clipboard.writeText(code.textContent).then(done); return; }
      var r = document.createRange(); r.selectNodeContents(code); getSelection().removeAllRanges(); getSelection().addRange(r);
      if (document.execCommand('copy')) done();
    };
  });
  if (!place || !rows.length) return;
  var facts = rows.map(function (row) {
    var address = row.id.slice(2).split('/');
    return { row: row, text: (row.id + ' ' + row.textContent).toLowerCase(), status: row.className, target: address[0],
      stage: address.length > 3 ? address[2] : address[1] + '/' + address[2], verdict: row.cells[1].textContent.trim().split(/[ ,]/)[0] };
  });
  var form = add('form'), fields = {};
  form.setAttribute('role', 'search'); form.setAttribute('aria-label', 'Filter the cells'); form.onsubmit = function () { return false; };
  function field(name, label, input) { var l = add('label', label + ' ', form); l.appendChild(input); input.name = name; fields[name] = input; input.addEventListener('input', changed); }
  var q = add('input'); q.type = 'search'; field('q', 'search', q);
  ['status', 'target', 'stage', 'verdict'].forEach(function (name) {
    var s = add('select'), seen = {};
    add('option', 'all', s).value = '';
    facts.forEach(function (f) { seen[f[name]] = (seen[f[name]] || 0) + 1; });
    Object.keys(seen).sort().forEach(function (v) { add('option', v + ' (' + seen[v] + ')', s).value = v; });
    field(name, name, s);
  });
  var clear = add('button', 'show all', form); clear.type = 'button';
  clear.onclick = function () { Object.keys(fields).forEach(function (n) { fields[n].value = ''; }); changed(); };
  var said = add('p', '', form); said.setAttribute('role', 'status');
  place.after(form);
  function apply() {
    var shown = 0, words = fields.q.value.toLowerCase().split(/\s+/);
    facts.forEach(function (f) {
      var ok = words.every(function (w) { return f.text.indexOf(w) >= 0; });
      ['status', 'target', 'stage', 'verdict'].forEach(function (n) { ok = ok && (!fields[n].value || fields[n].value === f[n]); });
      f.row.hidden = !ok; shown += ok ? 1 : 0;
    });
    document.querySelectorAll('#cells table').forEach(function (t) { t.hidden = !t.querySelector('tbody tr:not([hidden])'); });
    document.querySelectorAll('#cells .target').forEach(function (t) { t.hidden = !t.querySelector('tbody tr:not([hidden])'); });
    said.textContent = shown + ' of ' + facts.length + ' cells';
  }
  function changed() {
    var p = new URLSearchParams();
    Object.keys(fields).forEach(function (n) { if (fields[n].value) p.set(n, fields[n].value); });
    try { history.replaceState(null, '', '#' + (p.toString() ? '?' + p : 'targets')); } catch (e) { /* the address of some viewers cannot change */ }
    apply();
  }
  function fromAddress() {
    var hash = decodeURIComponent(location.hash.slice(1));
    if (hash.charAt(0) === '?') {
      var p = new URLSearchParams(location.hash.slice(2));
      Object.keys(fields).forEach(function (n) { fields[n].value = p.get(n) || ''; });
    } else {
      var to = document.getElementById(hash), card = to && to.tagName === 'DETAILS' && to;
      if (card) card.open = true;
      if (to && to.hidden) { clear.onclick(); to.scrollIntoView(); }
    }
    apply();
  }
  addEventListener('hashchange', fromAddress);
  fromAddress();
})();
