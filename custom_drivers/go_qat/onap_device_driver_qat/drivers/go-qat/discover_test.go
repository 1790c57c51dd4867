// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// ask is the driver's answer as one line for each capability and diagnostic.
func ask(t *testing.T, aliases, context string) []string {
	t.Helper()
	held, err := json.Marshal(map[string]any{"extra_specs": map[string]string{aliasKey: aliases}})
	if err != nil {
		t.Fatal(err)
	}
	return lines(discover(held, json.RawMessage(context)))
}

func lines(found answer) []string {
	told := []string{}
	for _, item := range found.Capabilities {
		known := item.Attributes
		line := fmt.Sprintf("%s %sx%s:%s", item.Discriminator, known.Count.Value, known.Vendor.Value, known.Device.Value)
		for name, held := range map[string]*value{"pf": known.PfDevice, "vf": known.VfDevice} {
			if held != nil {
				line += " " + name + "=" + held.Value
			}
		}
		if known.DeviceType != nil {
			line += " " + known.DeviceType.Value
		}
		told = append(told, line)
	}
	for _, item := range found.Diagnostics {
		told = append(told, strings.TrimSpace(fmt.Sprintf("%s %s %s", item.Level, item.Code, item.Discriminator)))
	}
	return told
}

const operator = `{"pci_aliases": {
	"qat": {"vendor_id": "8086", "product_id": "37C9", "device_type": "type-VF"},
	"whole": {"vendor_id": "8086", "product_id": "0435", "device_type": "type-PCI"},
	"wrong": {"vendor_id": "8086", "product_id": "37c8", "device_type": "type-VF"},
	"never": {"vendor_id": "8086", "product_id": "37c9", "device_type": "type-PCI"},
	"odd": {"vendor_id": "8086", "product_id": "37c8", "device_type": "VF"},
	"half": {"vendor_id": "8086"},
	"bad": {"vendor_id": "0x8086", "product_id": "37c8"},
	"word": "8086",
	"either": [{"vendor_id": "8086", "product_id": "37c9"}, {"vendor_id": "8086", "product_id": "4941"}],
	"same": [{"vendor_id": "8086", "product_id": "37c9"}, {"vendor_id": "8086", "product_id": "37C9"}],
	"none": [],
	"nic": {"vendor_id": "8086", "product_id": "154c"},
	"x-8086-37c8": {"vendor_id": "8086", "product_id": "154c"}
}}`

func TestAliases(t *testing.T) {
	for aliases, want := range map[string][]string{
		// what ONAP's documents write
		"QAT-8086-0443:2":            {"QAT-8086-0443 2x8086:0443 pf=0435 type-VF"},
		"a-b-Intel64-8086-37C8:1":    {"a-b-Intel64-8086-37C8 1x8086:37c8 vf=37c9 type-PF"},
		"8086-6f54:1":                {"8086-6f54 1x8086:6f54 vf=6f55 type-PF"},
		"8086-4940:1, 8086-4941 : 3": {"8086-4940 1x8086:4940 vf=4941 type-PF", "8086-4941 3x8086:4941 pf=4940 type-VF"},
		// what the operator says
		"qat:1":         {"qat 1x8086:37c9 pf=37c8 type-VF"},
		"qat:1,qat:2":   {"qat 3x8086:37c9 pf=37c8 type-VF"},
		"whole:1":       {"whole 1x8086:0435 vf=0443 type-PCI"},
		"same:1":        {"same 1x8086:37c9 pf=37c8 type-VF"},
		"wrong:1":       {"wrong 1x8086:37c8", "warning pci.device_type wrong"},
		"never:1":       {"never 1x8086:37c9", "warning pci.device_type never"},
		"x-8086-37c8:1": {},
		// other packs' matter, or nothing
		"nic:1":            {},
		"gpu-10de-1eb8:1":  {},
		"qat:0":            {},
		"8086-37c8:00,y:0": {},
		// what cannot be judged
		"QuickAssist:1":                        {"error pci.alias_unknown QuickAssist"},
		"QAT8086-37c8:1":                       {"error pci.alias_unknown QAT8086-37c8"},
		"8086-37c8-1:1":                        {"error pci.alias_unknown 8086-37c8-1"},
		"half:1":                               {"error pci.alias_unknown half"},
		"bad:1":                                {"error pci.alias_unknown bad"},
		"word:1":                               {"error pci.alias_unknown word"},
		"none:1":                               {"error pci.alias_unknown none"},
		"odd:1":                                {"error pci.device_type odd"},
		"either:1":                             {"error pci.alias_several either"},
		"qat:1,qat:12345678901":                {"error pci.count qat"},
		"qat":                                  {"error pci.alias_form"},
		"":                                     {"error pci.alias_form"},
		"qat:1,":                               {"qat 1x8086:37c9 pf=37c8 type-VF", "error pci.alias_form"},
		":1":                                   {"error pci.alias_form"},
		"qat:-1":                               {"error pci.alias_form"},
		"qat:1:2":                              {"error pci.alias_form"},
		"q\x00at:1":                            {"error pci.alias_form"},
		"q\uFFFDat:1":                          {"error pci.alias_form"},
		"qat:\u0661":                           {"error pci.alias_form"},
		strings.Repeat("q", 256):               {"error pci.alias_form"},
		strings.Repeat("q", 256) + ":1":        {"error pci.alias_form"},
		strings.Repeat("qat:1,", 64) + "qat:1": {"error qat.many"},
	} {
		if got := ask(t, aliases, operator); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%.40q: got %q, want %q", aliases, got, want)
		}
	}
}

func TestContexts(t *testing.T) {
	const qat = "qat 1x8086:37c9 pf=37c8 type-VF"
	for context, want := range map[string]string{
		`{"pci_aliases": [{"name": "qat", "vendor_id": "8086", "product_id": "37c9"}, {"name": 1}, {"name": null}, 7]}`: qat,
		`{"pci_aliases": [{"name": "other", "vendor_id": "8086", "product_id": "37c9"}]}`:                               "error pci.alias_unknown qat",
		`{"pci_aliases": {"qat": null}}`: "error pci.alias_unknown qat",
		`{"pci_aliases": null}`:          "error pci.alias_unknown qat",
		`{"PCI_ALIASES": {"qat": 1}}`:    "error pci.alias_unknown qat",
		`{"pci_aliases": "qat"}`:         "error pci.alias_table",
		`null`:                           "error pci.alias_unknown qat",
		`[]`:                             "error pci.alias_unknown qat",
		``:                               "error pci.alias_unknown qat",
	} {
		if got := strings.Join(ask(t, "qat:1", context), "; "); got != want {
			t.Errorf("%s: got %q, want %q", context, got, want)
		}
	}
}

func TestSubjects(t *testing.T) {
	for subject, want := range map[string]string{
		`{"extra_specs": {}}`:                                       "",
		`{"extra_specs": {"pci_passthrough:alias": null}}`:          "",
		`{"extra_specs": {"PCI_PASSTHROUGH:ALIAS": "8086-37c8:1"}}`: "",
		`{"extra_specs": {"pci_passthrough:alias": 1}}`:             "error pci.alias_form",
		`{"extra_specs": {"pci_passthrough:alias": ["qat:1"]}}`:     "error pci.alias_form",
		`{"extra_specs": null}`:                                     "error qat.flavor",
		`{}`:                                                        "error qat.flavor",
		`[]`:                                                        "error qat.flavor",
		`null`:                                                      "error qat.flavor",
		``:                                                          "error qat.flavor",
	} {
		if got := strings.Join(lines(discover(json.RawMessage(subject), nil)), "; "); got != want {
			t.Errorf("%s: got %q, want %q", subject, got, want)
		}
	}
}

func TestDevices(t *testing.T) {
	if len(devices) != 2*len(families) {
		t.Errorf("%d ids for %d families: one stands twice", len(devices), len(families))
	}
	for id, found := range devices {
		if !isID.MatchString(id) || strings.ToLower(id) != id {
			t.Errorf("%q is no id as lspci writes it", id)
		}
		other := devices[found.pf+found.vf]
		if other.pf+other.vf != id || other.family != found.family || other.deviceType == found.deviceType {
			t.Errorf("%s: its other function is %+v", id, other)
		}
	}
	if _, ok := find("15b3", "37c8"); ok {
		t.Error("a device of another vendor is no QAT device")
	}
}

func TestTold(t *testing.T) {
	for value, want := range map[string]string{
		`"a\u001b"`: "'a?'",
		`""`:        "''",
		`{"a": 1}`:  "an object",
		`[]`:        "a list",
		`true`:      "a boolean",
		`false`:     "a boolean",
		`-1.5`:      "a number",
	} {
		if got := told([]byte(value)); got != want {
			t.Errorf("%s is told as %s, not as %s", value, got, want)
		}
	}
}
