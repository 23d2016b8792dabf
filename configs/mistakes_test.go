package configs

import (
	"strings"
	"testing"
)

// What is wrong in the files of the server, and the lines that tell it.
func TestEachMistakeOfTheServersFilesIsToldWithItsPlace(t *testing.T) {
	toldExactly(t, map[string]wrong{
		"unknown key": {[]edit{{"callfloor.yaml", "  session: 12h", "  sesion: 12h"}}, `
callfloor.yaml:13:3: unknown key "sesion" (did you mean session?)
`},
		"unknown key of an item": {[]edit{{"queues.yaml", "    ring: 20s", "    rings: 20s"}}, `
queues.yaml:7:5: unknown key "rings" (did you mean ring?)
`},
		"wrong type": {[]edit{{"agents.yaml", "queues: [sales, support]    #", "queues: sales #"}}, `
agents.yaml:6:13: expected a list
`},
		"a text instead of a duration": {[]edit{{"queues.yaml", "ring: 20s", "ring: twenty"}}, `
queues.yaml:7:11: "twenty" is no duration (such as 20s, 5m or 1h30m)
`},
		"key twice": {[]edit{{"queues.yaml", "    label: Sales ", "    priority: 3\n    label: Sales "}}, `
queues.yaml:6:5: "priority" stands here twice
`},
		"section twice": {[]edit{{"callfloor.yaml", "drain: 10m", "media: {loops: 1}\ndrain: 10m"}}, `
callfloor.yaml:56:1: "media" stands here twice
`},
		"unknown queue of an agent": {[]edit{{"agents.yaml", "queues: [sales, support]    #", "queues: [sales, suppor] #"}}, `
agents.yaml:6:21: there is no queue "suppor" (did you mean support?)
`},
		"unknown device and role": {[]edit{
			{"agents.yaml", "device: browser", "device: fax"},
			{"agents.yaml", "role: agent ", "role: boss "},
		}, `
agents.yaml:8:13: there is no device "fax" (browser or phone)
agents.yaml:9:11: there is no role "boss" (agent or supervisor)
`},
		"skills nobody has": {[]edit{
			{"agents.yaml", "agents:\n", "skill_groups: {money: [billing, refunds], none: [], nested: [money]}\nagents:\n"},
			{"agents.yaml", "    device: browser ", "    skills: {money: 80}\n    languages: [fr]\n    device: browser "},
			{"queues.yaml", "strategy: longest_idle", "skills: {money: 50, biling: 0, refunds: 101}\n    language: de\n    relax: [{after: 30s, drop: [language, taxes]}, {after: 1m}]\n    prefer: {agents: [mara]} #"},
			{"queues.yaml", "max_wait: 10m ", "hours: offices\n    overflow: {full: mian}\n    max_wait: 10m "},
			{"flows/main.yaml", "priority: 0 ", "skills: {taxes: 0}\n      agents: [sal]\n      priority: 0 "},
		}, `
agents.yaml:3:49: group "none" has no skills
agents.yaml:3:62: "money" is a group itself (skills alone)
flows/main.yaml:26:23: nobody has the skill "taxes" (one of billing, refunds)
flows/main.yaml:27:16: there is no agent "sal" (did you mean sam?)
queues.yaml:6:33: nobody has the skill "biling" (did you mean billing?)
queues.yaml:6:45: skills.refunds 101: a proficiency is 0 to 100
queues.yaml:7:15: nobody speaks "de" (did you mean fr?)
queues.yaml:8:43: nobody has the skill "taxes" (one of billing, refunds)
queues.yaml:8:52: relax[1]: relaxes nothing: drop or lower is needed
queues.yaml:9:13: prefer.for 0s: more than 0s
queues.yaml:9:23: there is no agent "mara" (did you mean maria?)
queues.yaml:13:12: there are no hours "offices" (did you mean office?)
queues.yaml:14:22: there is no flow "mian" (did you mean main?)
`},
		"capacities": {[]edit{
			{"agents.yaml", "agents:\n", "teams: {first: {capacity: {email: {standard: 11}}}}\nagents:\n"},
			{"agents.yaml", "    device: browser ", "    team: frist\n    capacity: {voice: -1, chat: {standard: 4}}\n    device: browser "},
			{"callfloor.yaml", "  misses: 1", "  capacity: {voicemail: 101}\n  drain_after: -1s\n  misses: 1"},
		}, `
agents.yaml:3:35: capacity.email: standard 11 is more than max 10
agents.yaml:9:11: there is no team "frist" (did you mean first?)
agents.yaml:10:23: capacity.voice -1: 0 (none) to 100
agents.yaml:10:33: capacity.chat: standard 4 is more than max 3
callfloor.yaml:59:25: capacity.voicemail 101: 0 (none) to 100
callfloor.yaml:60:16: "-1s" is no duration (such as 20s, 5m or 1h30m)
`},
		"agent twice": {[]edit{{"agents.yaml", "- id: sam", "- id: maria"}}, `
agents.yaml:10:9: there is another agent "maria"
`},
		"agent without id": {[]edit{{"agents.yaml", "- id: sam\n    name", "- name"}}, `
agents.yaml:10:5: agent without id
`},
		"password in clear": {[]edit{{"agents.yaml", `password: "$argon2id$v=19$m=19456,t=2,p=1$Km5Ur9RlN01PebcdEDEZ4w$yeX8jAtncrL2Dr3Zw13LDdVAtJBk1TYK8/c//sRSWB8"`, "password: demo"}}, `
agents.yaml:13:15: not an argon2id hash (make one with: callfloor passwd)
`},
		"phone without password": {[]edit{{"agents.yaml", "device: browser", "device: phone"}}, `
agents.yaml:4:5: a desk phone needs phone_password
`},
		"missing variable of a secret": {[]edit{{"agents.yaml", `    #phone_password: "${SAM_PHONE_PASSWORD}"`, `    phone_password: "${NO_SUCH_VARIABLE}"`}}, `
agents.yaml:15:21: the environment has no NO_SUCH_VARIABLE
`},
		"missing file of a secret": {[]edit{{"agents.yaml", `    #phone_password: "${SAM_PHONE_PASSWORD}"`, "    phone_password: file:/nonexistent/secret"}}, `
agents.yaml:15:21: the secret's file cannot be read: open /nonexistent/secret: no such file or directory
`},
		"secrets of the server": {[]edit{
			{"callfloor.yaml", `  password: ""`, `  password: "${NO_SUCH_VARIABLE}"`},
			{"callfloor.yaml", `url: ""`, `url: "${NO_SUCH_VARIABLE}"`},
		}, `
callfloor.yaml:35:13: the environment has no NO_SUCH_VARIABLE
callfloor.yaml:41:8: the environment has no NO_SUCH_VARIABLE
`},
		"queue that nobody serves": {[]edit{{"queues.yaml", "  - name: support", "  - name: billing\n  - name: support"}}, `
queues.yaml:28:11: nobody serves queue "billing"
`},
		"queue twice": {[]edit{{"queues.yaml", "  - name: support", "  - name: sales"}}, `
agents.yaml:6:21: there is no queue "support" (one of sales)
agents.yaml:12:21: there is no queue "support" (one of sales)
flows/support.yaml:22:17: there is no queue "support" (one of sales)
queues.yaml:28:11: there is another queue "sales"
`},
		"numbers of a queue": {[]edit{
			{"queues.yaml", "priority: 5 ", "priority: 11 "},
			{"queues.yaml", "ring: 20s ", "ring: 90ms "},
			{"queues.yaml", "strategy: longest_idle", "strategy: fastest"},
			{"queues.yaml", "max_waiting: 50 ", "max_waiting: -1 "},
		}, `
queues.yaml:5:15: priority 11: 1 (first) to 10
queues.yaml:6:15: strategy "fastest": one of skills, longest_idle, round_robin, fewest_calls, linear, ring_all
queues.yaml:7:11: ring 90ms: 1s to 10m, or 0s, as the channel does
queues.yaml:9:18: max_waiting -1: 0 (no limit) or more
`},
		"a code of the system's own": {
			[]edit{{"queues.yaml", "code: sold ", "code: \"system:sold\" "}},
			`queues.yaml:23:7: dispositions "system:sold": codes that begin with system: are the system's own`,
		},
		"after-work without a time": {[]edit{{"queues.yaml", "      for: 30s                  #", "      #"}}, "queues.yaml:19:7: after_work: a timed one needs `for`"},
		"unknown after-work": {[]edit{{"queues.yaml", "kind: timed ", "kind: tmied "}}, `
queues.yaml:19:13: after_work.kind "tmied": immediate, timed or indefinite
`},
		"disposition twice": {[]edit{{"queues.yaml", "{code: offer,", "{code: sold,"}}, `
queues.yaml:25:16: there is another disposition "sold"
`},
		"missing music": {[]edit{{"queues.yaml", "music: music.wav            #", "music: musik.wav #"}}, `
queues.yaml:12:12: there is no sound "musik.wav" (did you mean music.wav?)
`},
		"music that is no sound": {[]edit{{"queues.yaml", "music: music.wav            #", "music: manifest.yaml #"}}, `
queues.yaml:12:12: manifest.yaml: not a playable WAV file: no RIFF WAVE header
`},
		"missing sound in a queue's words": {[]edit{{"queues.yaml", `sorry: "We lost the connection to your agent. You are next in line." #`, "sorry: {file: sory.wav} #"}}, `
queues.yaml:17:12: there is no sound "sory.wav" (did you mean sorry.wav?)
`},
		"variable that does not exist there": {[]edit{{"queues.yaml", `{{queue.position}} in the queue." #`, `{{queue.positon}} in the queue." #`}}, `
queues.yaml:16:12: there is no variable "queue.positon" (did you mean queue.position?)
`},
		"announcement of nothing": {[]edit{{"queues.yaml", `      say: "You are number {{queue.position}} in the queue." #`, "      #"}}, `
queues.yaml:15:7: there is nothing to say (a text, or file: NAME.wav)
`},
		"every fault of the server": {[]edit{
			{"callfloor.yaml", `udp: "127.0.0.1:5060"`, "udp: localhost"},
			{"callfloor.yaml", `tcp: "127.0.0.1:5060"`, `tcp: "5060"`},
			{"callfloor.yaml", "rate: 20 ", "rate: 0 "},
			{"callfloor.yaml", `  address: "127.0.0.1"`, "  address: here"},
			{"callfloor.yaml", `ports: "20000-29999"`, `ports: "20000"`},
			{"callfloor.yaml", "webrtc: 8089", "webrtc: 80890"},
			{"callfloor.yaml", "loops: 0", "loops: 99"},
			{"callfloor.yaml", `  listen: "127.0.0.1:8080"`, `  listen: "8080"`},
			{"callfloor.yaml", "session: 12h", "session: 1s"},
			{"callfloor.yaml", "origins: []", "origins: [desk]"},
			{"callfloor.yaml", `    certificate: ""`, "    certificate: a.pem"},
			{"callfloor.yaml", "prefix: callfloor", `prefix: "{x}"`},
			{"callfloor.yaml", `url: ""`, `url: "mysql:x"`},
			{"callfloor.yaml", "speed: 150", "speed: 5"},
			{"callfloor.yaml", "within: 10s", "within: 0s"},
			{"callfloor.yaml", "level: info", "level: loud"},
			{"callfloor.yaml", "format: text", "format: xml"},
			{"callfloor.yaml", "misses: 1", "misses: 0"},
			{"callfloor.yaml", "grace: 20s", "grace: 0s"},
			{"callfloor.yaml", "heartbeat: 15s", "heartbeat: 1s"},
			{"callfloor.yaml", "data: data", `data: ""`},
			{"callfloor.yaml", "default_flow: main", "default_flow: mian"},
			{"callfloor.yaml", "hold_music: music.wav", "hold_music: music.mp3"},
		}, `
callfloor.yaml:5:7: a data directory is needed
callfloor.yaml:8:11: listen: want host:port: address 8080: missing port in address
callfloor.yaml:10:5: tls: certificate and key belong together
callfloor.yaml:12:12: origins: "desk" is no origin, want https://host
callfloor.yaml:13:12: session: at least 1m
callfloor.yaml:16:8: udp: "localhost" is not an address with a port, such as 0.0.0.0:5060
callfloor.yaml:17:8: tcp: "5060" is not an address with a port, such as 0.0.0.0:5060
callfloor.yaml:23:9: rate 0: more than 0
callfloor.yaml:26:12: address "here" is not an IP address
callfloor.yaml:28:10: ports "20000": a range such as 20000-29999, above 1023
callfloor.yaml:29:11: "80890" is no number between 0 and 65535
callfloor.yaml:30:10: loops 99: 0 (one per two cores) to 64
callfloor.yaml:38:11: prefix "{x}": letters, digits and dashes only
callfloor.yaml:41:8: url: want postgres://… or sqlite:PATH
callfloor.yaml:49:10: speed 5: 80 to 450 words a minute
callfloor.yaml:53:10: level "loud": debug, info, warn or error
callfloor.yaml:59:11: misses 0: at least 1
callfloor.yaml:60:10: grace 0s: at least 1s
callfloor.yaml:61:14: heartbeat 1s: at least 5s, for the console reports every few seconds
callfloor.yaml:74:13: there is no sound "music.mp3" (did you mean music.wav?)
callfloor.yaml:75:15: there is no flow "mian" (did you mean main?)
`},
		"TLS without a certificate": {[]edit{{"callfloor.yaml", `  tls: ""`, `  tls: "127.0.0.1:8080"`}}, `
callfloor.yaml:18:8: 127.0.0.1:8080 is the address of http.listen, too
callfloor.yaml:18:8: tls: a certificate and its key are needed
`},
		"a cluster and another Redis": {[]edit{
			{"callfloor.yaml", "  address: \"\"                   # host", "  address: 127.0.0.1:1 # host"},
			{"callfloor.yaml", "  db: 0\n", "  db: 1\n  cluster: [there]\n"},
		}, `
callfloor.yaml:36:7: db 1: a cluster has 0 alone
callfloor.yaml:37:12: cluster "there": host:port
callfloor.yaml:37:12: cluster: a cluster knows its addresses; leave address and sentinel out
`},
		"reason twice": {[]edit{{"callfloor.yaml", "{code: lunch,", "{code: break,"}}, `
callfloor.yaml:66:12: there is another away reason "break"
`},
		"busy reason twice": {[]edit{{"callfloor.yaml", "{code: meeting,", "{code: paperwork,"}}, `
callfloor.yaml:72:12: there is another busy reason "paperwork"
`},
		"unknown flow, trunk": {[]edit{
			{"entries.yaml", "flow: main", "flow: man"},
			{"entries.yaml", "trunks: []", "trunks: [provider]"},
		}, `
entries.yaml:6:11: there is no flow "man" (did you mean main?)
entries.yaml:8:14: there is no trunk "provider"
`},
		"number twice": {[]edit{{"entries.yaml", `numbers: ["200"]`, `numbers: ["200", "100"]`}}, `
entries.yaml:11:22: number 100 belongs to main
`},
		"number with spaces": {[]edit{{"entries.yaml", `numbers: ["200"]`, `numbers: ["+33 1 00", ""]`}}, `
entries.yaml:11:15: nobody can dial "+33 1 00": expected digits, * and #, or a name (such as 100, +15550100 or sales)
entries.yaml:11:27: nobody can dial "": expected digits, * and #, or a name (such as 100, +15550100 or sales)
`},
		"entry without numbers": {[]edit{{"entries.yaml", "    numbers: [\"200\"]\n", ""}}, `
entries.yaml:9:5: an entry needs numbers
`},
		"trunk that nobody is known by": {[]edit{{"trunks.yaml", "trunks:\n", "trunks:\n  - name: provider\n  - {name: pbx, addresses: [10.0.0.0/33, pbx.example.org], username: x}\n  - {name: pbx, username: x, password: y}\n"}}, `
trunks.yaml:3:5: addresses, or username and password, are needed: nothing else tells who calls
trunks.yaml:4:29: addresses[0]: "10.0.0.0/33" is neither an IP address nor a network
trunks.yaml:4:42: addresses[1]: "pbx.example.org" is neither an IP address nor a network
trunks.yaml:4:70: username and password go together
trunks.yaml:5:12: there is another trunk "pbx"
`},
		"hours that never open": {[]edit{
			{"hours.yaml", "    week: ", "    #week: "},
			{"hours.yaml", "      mon: \"09:00-17:00\"\n      tue: \"09:00-17:00\"\n      wed: \"09:00-17:00\"\n      thu: \"09:00-12:00, 13:00-17:00\"\n      fri: \"09:00-17:00\"\n", ""},
		}, `
hours.yaml:4:5: these hours never open
`},
		"wrong hours": {[]edit{
			{"hours.yaml", "Europe/London", "Europe/Londn"},
			{"hours.yaml", `mon: "09:00-17:00"`, `mon: "9 to 5"`},
			{"hours.yaml", "tue:", "tues:"},
			{"hours.yaml", `wed: "09:00-17:00"`, `wed: "22:00-06:00"`},
			{"hours.yaml", `"12-26"`, `"26-12"`},
			{"hours.yaml", `fri: "09:00-17:00"`, `fri: "09:00-25:00"`},
		}, `
hours.yaml:4:15: there is no time zone "Europe/Londn" (such as Europe/Paris)
hours.yaml:6:12: "9 to 5" is no time of day (such as "09:00-12:00, 13:00-17:30")
hours.yaml:7:13: there is no day "tues" (did you mean tue?)
hours.yaml:8:12: "22:00-06:00" ends before it begins; over midnight is 22:00-24:00, and 00:00-06:00 of the next day (such as "09:00-12:00, 13:00-17:30")
hours.yaml:10:12: "25:00" is no time of day (such as "09:00-12:00, 13:00-17:30")
hours.yaml:11:25: "26-12" is no date (such as 2026-12-25 or 12-25)
`},
		"empty hours": {[]edit{{"hours.yaml", "hours:\n", "hours:\n  night:\n"}}, `
hours.yaml:3:9: these hours are empty
`},
		"empty file that is needed": {[]edit{{"agents.yaml", "", ""}}, `
queues.yaml:3:11: nobody serves queue "sales"
queues.yaml:28:11: nobody serves queue "support"
`},
		"no YAML": {[]edit{{"agents.yaml", "", "agents: [\n"}}, `
agents.yaml:1:9: sequence end token ']' not found
`},
		"tabs": {[]edit{{"queues.yaml", "", "queues:\n\t- name: sales\n"}}, "queues.yaml:2:1: found character '\t' that cannot start any token"},
		"not UTF-8": {[]edit{{"entries.yaml", "", "entries:\n  - name: caf\xe9\n"}}, `
entries.yaml:2:14: this is no text in UTF-8: byte 0xe9
`},
		"huge file": {[]edit{{"trunks.yaml", "", strings.Repeat("#", 1<<20) + "\n"}}, `
trunks.yaml:1:1: the file is too large: 1048577 bytes, at most 1048576
`},
	})
}
