package stages

// The names of the stages, in the order in which a connection passes them.
const (
	TCPConnected         = "tcp.connected"
	TLSRecordHeader      = "tls.record-header"
	TLSClientHello       = "tls.client-hello"
	TLSClientHelloEnd    = "tls.client-hello-end"
	TLSServerHello       = "tls.server-hello"
	TLSSSLv2Hello        = "tls.sslv2-hello"
	TLSClientCertificate = "tls.client-certificate"
	TLSFinished          = "tls.finished"
	TLSEstablished       = "tls.established"
	HTTPRequestLine      = "http.request-line"
	HTTPHeaders          = "http.headers"
	HTTPExpect100        = "http.expect-100"
	HTTPBody             = "http.body"
	HTTPChunk            = "http.chunk"
	HTTPResponse         = "http.response"
	HTTPKeepAlive        = "http.keep-alive"
	H2Preface            = "h2.preface"
	H2Settings           = "h2.settings"
	H2Headers            = "h2.headers"
	H2Body               = "h2.body"
	H2Idle               = "h2.idle"

	// Conversation stands for the conversations that target files describe. In the
	// address of a cell it has the name that the file gives it.
	Conversation = "conversation"
)

// What a listener speaks: the values of proto in a target file.
const (
	TCP   = "tcp"
	TLS   = "tls"
	HTTP  = "http"
	HTTPS = "https"
)
