package configs

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestMistakesOfDialingAreToldWithTheirPlace(t *testing.T) {
	files := copied(t, house(t))
	files["trunks.yaml"] = &fstest.MapFile{Data: []byte(`trunks:
  - name: provider
    send: "sip:provider"
  - {name: pbx, addresses: [10.0.0.1]}
dialing:
  country: XX
  caller_ids:
    - {number: "+442071234567", queues: [salse]}
  rules:
    - {numbers: ["44"], trunks: [provder, pbx], teams: [none], agents: [mara]}
  limits: {hours: offce}
`)}
	want := `trunks.yaml:3:11: send: "sip:provider" is not host, host:port or host:port;transport=udp, tcp or tls
trunks.yaml:6:12: country: "XX" is no country, such as GB
trunks.yaml:8:42: there is no queue "salse" (did you mean sales?)
trunks.yaml:10:18: rules[0].numbers[0]: "44" is no pattern, such as +44*, where X is any digit
trunks.yaml:10:34: there is no trunk "provder" (did you mean provider?)
trunks.yaml:10:43: trunk "pbx" has no send: no calls go out there
trunks.yaml:10:57: there is no team "none"
trunks.yaml:10:73: there is no agent "mara" (did you mean maria?)
trunks.yaml:11:19: there are no hours "offce" (did you mean office?)`
	_, mistakes := Load(files)
	if diff := cmp.Diff(want, mistakes.Error()); diff != "" {
		t.Error(diff)
	}
}
