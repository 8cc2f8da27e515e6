'use strict';
// headersTimeout is 60 s by default.
require('http').createServer((request, response) => response.end('served\n')).listen(8080);
