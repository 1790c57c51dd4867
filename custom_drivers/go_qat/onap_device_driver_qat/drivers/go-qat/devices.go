// SPDX-License-Identifier: Apache-2.0

package main

// What Nova calls the kinds of PCI functions.
const (
	whole    = "type-PCI"
	physical = "type-PF"
	virtual  = "type-VF"
)

const intel = "8086"

type device struct {
	name       string
	family     string
	deviceType string
	pf, vf     string // the other function of the same device; "" for the own
}

// families are facts: the ids are those of the PCI ID repository (https://pci-ids.ucw.cz) and, for what is newer
// than 2023, of the Linux qat drivers. The names are ours.
var families = []struct{ name, pf, vf string }{
	{"Intel QAT DH89xxCC", "0434", "0442"},
	{"Intel QAT DH895xCC", "0435", "0443"},
	{"Intel QAT C2xx", "18ee", "18ef"},
	{"Intel QAT C3xxx", "19e2", "19e3"},
	{"Intel QAT C4xxx", "18a0", "18a1"},
	{"Intel QAT C62x", "37c8", "37c9"},
	{"Intel QAT Xeon D", "6f54", "6f55"},
	{"Intel QAT 4xxx", "4940", "4941"},
	{"Intel QAT 401xx", "4942", "4943"},
	{"Intel QAT 402xx", "4944", "4945"},
	{"Intel QAT 420xx", "4946", "4947"},
}

// devices are all of Intel's QAT devices by their PCI device ids.
var devices = byID()

func byID() map[string]device {
	found := make(map[string]device, 2*len(families))
	for _, family := range families {
		found[family.pf] = device{family.name, family.name, physical, "", family.vf}
		found[family.vf] = device{family.name + " Virtual Function", family.name, virtual, family.pf, ""}
	}
	return found
}

func find(vendor, id string) (device, bool) {
	if vendor != intel {
		return device{}, false
	}
	found, ok := devices[id]
	return found, ok
}

// contradicts says whether the operator's device_type cannot be that of the device: a physical function is
// type-PCI where its virtual ones are switched off, a virtual one never is.
func (d device) contradicts(operatorType string) bool {
	switch operatorType {
	case "", d.deviceType:
		return false
	case whole:
		return d.deviceType != physical
	}
	return true
}
