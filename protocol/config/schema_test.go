package config

import (
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
)

func TestTheEmbeddedSchemaCompilesAndIsACopy(t *testing.T) {
	Schema()[0] = 'x'
	v := cuecontext.New().CompileBytes(Schema())
	if err := v.Validate(cue.All()); err != nil {
		t.Fatal(err)
	}
	if !v.LookupPath(cue.ParsePath("#Config")).Exists() {
		t.Error("no #Config")
	}
}
