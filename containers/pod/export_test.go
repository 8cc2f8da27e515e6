package pod

// ExecIn is ExecTarget in any container of the pod, for tests that put programs there.
var ExecIn = (*Pod).execIn
