package jsonreport

import _ "embed"

// Schema is the published JSON Schema (draft 2020-12) of the report, of both of its documents. A test makes it from the types and
// from the reference in reports/README.md.
//
//go:embed report.schema.json
var Schema []byte
