// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"strings"
	"testing"
)

func TestServe(t *testing.T) {
	for name, test := range map[string]struct{ in, out string }{
		"describe": {`{"op":"describe","id":0}`, `{"id":0,"name":"go-qat","version":"dev"}`},
		"an id of 48 bits comes back as it is": {
			`{"op":"discover","id":281474976710655,"subject":{"extra_specs":{}},"context":{}}`,
			`{"id":281474976710655,"capabilities":[],"diagnostics":[]}`,
		},
		"another op": {
			`{"op":"stop","id":3}`,
			`{"id":3,"error":{"code":"op","message":"unknown op \"stop\"; known are describe, discover"}}`,
		},
		"no JSON": {
			"junk",
			`{"id":null,"error":{"code":"request","message":"invalid character 'j' looking for beginning of value"}}`,
		},
		"nothing": {"", ""},
		"attributes in ONAP's order": {
			`{"op":"discover","id":1,"subject":{"extra_specs":{"pci_passthrough:alias":"8086-0435:1"}}}`,
			`{"id":1,"capabilities":[{"feature":"pciePassthrough","architecture":"generic","version":"v1",` +
				`"discriminator":"8086-0435","attributes":{"pciCount":{"value":"1"},"pciVendorId":{"value":"8086"},` +
				`"pciDeviceId":{"value":"0435"},"pciDeviceName":{"value":"Intel QAT DH895xCC"},` +
				`"pciCardFamily":{"value":"Intel QAT DH895xCC"},"pciDeviceType":{"value":"type-PF"},` +
				`"pciVfDeviceId":{"value":"0443"}}}],"diagnostics":[]}`,
		},
	} {
		for _, end := range []string{"", "\n"} {
			if test.in == "" && end != "" {
				continue
			}
			var out strings.Builder
			if err := serve(strings.NewReader(test.in+end), &out); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if got := strings.TrimSuffix(out.String(), "\n"); got != test.out {
				t.Errorf("%s: got %s, want %s", name, got, test.out)
			}
		}
	}
}

func TestLongLines(t *testing.T) {
	long := `{"op":"describe","id":1,"context":"` + strings.Repeat("x", 1<<21) + "\"}\n"
	var out strings.Builder
	if err := serve(strings.NewReader(long+long), &out); err != nil || strings.Count(out.String(), "\n") != 2 {
		t.Errorf("got %v and %.80q", err, out.String())
	}
}

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, errors.New("closed") }

func TestNobodyListens(t *testing.T) {
	if err := serve(strings.NewReader("{}\n{}\n"), closed{}); err == nil {
		t.Error("an answer that cannot be written ends the driver")
	}
}
