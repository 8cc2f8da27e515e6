package attackers

import (
	"stalemate/attackers/stages"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// stage is a description from the list of stages, with the code that gets there.
type stage struct {
	stages.Stage
	implementation
}

// implementation is how a client gets to a stage and stays there.
type implementation struct {
	// reach sends and waits until the connection stands at the stage. It may call
	// client.park itself, where the TLS stack has to keep reading afterwards.
	reach         func(*client) error
	receiveBuffer func(record.Mode) int // SO_RCVBUF before connecting; nil leaves the kernel's
	unread        bool                  // what arrives stays in the kernel; see watch_unread.go
	bare          bool                  // nothing is sent before it, a preface included
}

// implementations has one for each stage of the list, each in a file of its name.
func implementations() map[string]implementation {
	return map[string]implementation{
		stages.TCPConnected:         tcpConnected(),
		stages.TLSRecordHeader:      tlsRecordHeader(),
		stages.TLSClientHello:       tlsClientHello(),
		stages.TLSClientHelloEnd:    tlsClientHelloEnd(),
		stages.TLSServerHello:       tlsServerHello(),
		stages.TLSSSLv2Hello:        tlsSSLv2Hello(),
		stages.TLSClientCertificate: tlsClientCertificate(),
		stages.TLSFinished:          tlsFinished(),
		stages.TLSEstablished:       tlsEstablished(),
		stages.HTTPRequestLine:      httpRequestLine(),
		stages.HTTPHeaders:          httpHeaders(),
		stages.HTTPExpect100:        httpExpect100(),
		stages.HTTPBody:             httpBody(),
		stages.HTTPChunk:            httpChunk(),
		stages.HTTPResponse:         httpResponse(),
		stages.HTTPKeepAlive:        httpKeepAlive(),
		stages.H2Preface:            h2Preface(),
		stages.H2Settings:           h2Settings(),
		stages.H2Headers:            h2Headers(),
		stages.H2Body:               h2Body(),
		stages.H2Idle:               h2Idle(),
		stages.Conversation:         conversation(),
	}
}

// stageOf finds the stage of a checked hold. A name that is not in the list is that
// of a conversation in a target file.
func stageOf(h wire.Hold) stage {
	info := describe(h.Stage)
	at := stage{info, implementations()[info.Name]}
	if h.Unread {
		at.unread = true
		at.receiveBuffer = func(record.Mode) int { return unreadBuffer }
	}
	return at
}

// describe finds the description for the name of a stage or of a conversation.
func describe(name string) stages.Stage {
	if info, known := stages.Named(name); known {
		return info
	}
	info, _ := stages.Named(stages.Conversation)
	return info
}
