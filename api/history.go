package api

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/callfloor/callfloor/recordings"
	"github.com/callfloor/callfloor/records"
	"github.com/callfloor/callfloor/routing"
)

// Interaction is one contact as the history shows it. Times are absent when they did not happen.
type Interaction struct {
	ID               string     `json:"id"`
	Channel          string     `json:"channel"`
	Direction        string     `json:"direction"`
	From             string     `json:"from"`
	Name             string     `json:"name"`
	To               string     `json:"to"`
	Entry            string     `json:"entry"`
	Flow             string     `json:"flow"`
	Path             []Step     `json:"path"`
	Started          *time.Time `json:"started,omitempty"`
	Answered         *time.Time `json:"answered,omitempty"`
	Ended            *time.Time `json:"ended,omitempty"`
	Revived          *time.Time `json:"revived,omitempty" doc:"When the call went on after the end of its server's process, the last time."`
	Cause            string     `json:"cause" doc:"Why the call ended: normal when somebody hung up, whoever it was."`
	Outcome          string     `json:"outcome" doc:"What became of the customer in the queues: served, abandoned, timeout, …"`
	Queue            string     `json:"queue"`
	QueueLabel       string     `json:"queueLabel" doc:"In words; the code where the queue is not configured any more."`
	Agent            string     `json:"agent"`
	AgentName        string     `json:"agentName"`
	WaitedMs         int64      `json:"waitedMs"`
	TalkedMs         int64      `json:"talkedMs"`
	HeldMs           int64      `json:"heldMs"`
	WrappedMs        int64      `json:"wrappedMs"`
	Disposition      string     `json:"disposition"`
	DispositionLabel string     `json:"dispositionLabel" doc:"In words; the code where the queue has no such disposition any more."`
	Note             string     `json:"note"`
	Recording        bool       `json:"recording"`
	RecordingSeconds float64    `json:"recordingSeconds" doc:"Of what is finished."`
	RecordingParts   []Part     `json:"recordingParts,omitempty" doc:"Where more than one server recorded: in the order in which they are played, one after another."`
	Segments         []Segment  `json:"segments,omitempty"`
}

// Step is one step of the caller's way, with the key pressed there.
type Step struct {
	Step string `json:"step"`
	Key  string `json:"key,omitempty"`
}

// Part is what one server recorded of a call that went on at another one.
type Part struct {
	Server  string     `json:"server"`
	Began   *time.Time `json:"began,omitempty"`
	Silence float64    `json:"silence" doc:"Seconds with which it begins, for what nobody recorded."`
	Seconds float64    `json:"seconds" doc:"0 while it is not finished."`
	There   bool       `json:"there" doc:"Whether it is played now: its server may be away."`
}

// Segment is one turn of an interaction: a wait, and the agent it was offered to.
type Segment struct {
	Queue            string     `json:"queue"`
	QueueLabel       string     `json:"queueLabel"`
	Agent            string     `json:"agent"`
	AgentName        string     `json:"agentName"`
	Party            string     `json:"party" doc:"The number of somebody outside, who took part instead of an agent."`
	Outcome          string     `json:"outcome"`
	Queued           *time.Time `json:"queued,omitempty"`
	Offered          *time.Time `json:"offered,omitempty"`
	Connected        *time.Time `json:"connected,omitempty"`
	Released         *time.Time `json:"released,omitempty"`
	WaitedMs         int64      `json:"waitedMs"`
	TalkedMs         int64      `json:"talkedMs"`
	HeldMs           int64      `json:"heldMs"`
	WrappedMs        int64      `json:"wrappedMs"`
	Disposition      string     `json:"disposition"`
	DispositionLabel string     `json:"dispositionLabel"`
	Note             string     `json:"note"`
}

type historyInput struct {
	Before string `query:"before" maxLength:"200" doc:"The id of the last item of the page before, or a moment in unix ms."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Query  string `query:"q" maxLength:"200" doc:"Text in numbers, names, queues, agents, dispositions or notes."`
}

type historyOutput struct {
	Body struct {
		Items []Interaction `json:"items"`
	}
}

type interactionOutput struct{ Body Interaction }

func (a *API) historyRoutes(rest huma.API) {
	huma.Register(rest, a.operation(rest, http.MethodGet, "/api/history", "history", "Interactions, newest first", 401, 422), a.history)
	huma.Register(rest, a.operation(rest, http.MethodGet, "/api/history/{id}", "interaction", "One interaction", 401, 404), a.interaction)
	op := a.operation(rest, http.MethodGet, "/api/recordings/{id}", "recording", "A call's recording; takes Range", 401, 404)
	op.Responses = map[string]*huma.Response{"200": {
		Description: "Two channels: the customer left, all others right.", Content: map[string]*huma.MediaType{"audio/wav": {}},
		Headers: map[string]*huma.Param{missingHeader: {
			Description: "How many parts are left out, since they are damaged or their server is away; absent when it is all.", Schema: &huma.Schema{Type: "integer"},
		}},
	}}
	huma.Register(rest, op, a.recording)
}

// reader is how far the agent may look.
func (a *API) reader(agent string) *records.Reader {
	r := &records.Reader{Agent: agent}
	if p, ok := a.People.Person(agent); ok && p.Role == Supervisor {
		r.Queues = p.Queues
	}
	return r
}

func (a *API) history(ctx context.Context, in *historyInput) (*historyOutput, error) {
	f := records.Filter{Query: in.Query, Limit: in.Limit, Before: in.Before, Reader: a.reader(seatOf(ctx).Agent)}
	if ms, err := strconv.ParseInt(in.Before, 10, 64); err == nil {
		f.Before, f.Until = "", time.UnixMilli(ms)
	}
	found, err := a.History.Interactions(ctx, f)
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	out := &historyOutput{}
	out.Body.Items = make([]Interaction, len(found))
	for n, i := range found {
		out.Body.Items[n] = a.shown(i)
	}
	return out, nil
}

func (a *API) interaction(ctx context.Context, in *idInput) (*interactionOutput, error) {
	i, err := a.remembered(ctx, in.ID)
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	return &interactionOutput{Body: a.shown(i)}, nil
}

// remembered finds an interaction that the agent may see; one they may not does not exist for them.
func (a *API) remembered(ctx context.Context, id string) (records.Interaction, error) {
	i, err := a.History.Interaction(ctx, id)
	if err == nil && !a.reader(seatOf(ctx).Agent).May(i) {
		err = records.ErrNotFound
	}
	return i, err
}

// missingHeader tells of parts that are not played.
const missingHeader = "Callfloor-Parts-Missing"

// recording plays all parts as far as they are written. It may be asked for in parts.
func (a *API) recording(ctx context.Context, in *idInput) (*huma.StreamResponse, error) {
	i, err := a.remembered(ctx, in.ID)
	if err == nil && i.Recording == "" {
		err = records.ErrNotFound
	}
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	f, err := a.Recordings.Open(ctx, i.ID)
	if err != nil {
		return nil, a.problem(ctx, missing(err))
	}
	a.Log.Info("recording heard", "call", i.ID, "agent", seatOf(ctx).Agent)
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer f.Close()
		r, w := humago.Unwrap(hc)
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // who listens may take their time
		w.Header().Set("Content-Type", "audio/wav")
		w.Header().Set("Content-Disposition", `inline; filename="recording.wav"`)
		if f.Missing > 0 {
			w.Header().Set(missingHeader, strconv.Itoa(f.Missing))
		}
		http.ServeContent(&refusing{ResponseWriter: w}, r, "", f.Written, f)
	}}, nil
}

// refusing writes what net/http refuses by itself, a range beyond the end, as a problem document.
type refusing struct {
	http.ResponseWriter
	refused bool
}

// WriteHeader writes the problem in the place of an error's own text.
func (w *refusing) WriteHeader(status int) {
	if w.refused = status >= http.StatusBadRequest; w.refused {
		writeProblem(w.ResponseWriter, NewProblem(status, codeOf(status), "The recording has no such part."))
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write passes the sound on.
func (w *refusing) Write(b []byte) (int, error) {
	if w.refused {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// missing says of a file that is gone that there is nothing of this id.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, recordings.ErrNone) {
		return records.ErrNotFound
	}
	return err
}

// shown is a row in the words of the present configuration.
func (a *API) shown(i records.Interaction) Interaction {
	v := Interaction{
		ID: i.ID, Channel: i.Channel, Direction: i.Direction, From: i.From, Name: i.Name, To: i.To, Entry: i.Entry, Flow: i.Flow,
		Path: make([]Step, len(i.Path)), Started: happened(i.Started), Answered: happened(i.Answered), Ended: happened(i.Ended),
		Revived: happened(i.Revived), Cause: i.Cause, Outcome: i.Outcome, Queue: i.Queue, QueueLabel: a.label(i.Queue), Agent: i.Agent, AgentName: a.nameOf(i.Agent),
		WaitedMs: i.Waited.Milliseconds(), TalkedMs: i.Talked.Milliseconds(), HeldMs: i.Held.Milliseconds(),
		WrappedMs: i.Wrapped.Milliseconds(), Disposition: i.Disposition, DispositionLabel: a.disposition(i.Queue, i.Disposition),
		Note: i.Note, Recording: i.Recording != "", RecordingSeconds: i.Recorded.Seconds(),
	}
	for n, s := range i.Path {
		v.Path[n] = Step{Step: s.Step, Key: s.Key}
	}
	if len(i.Parts) > 1 {
		for _, p := range i.Parts {
			v.RecordingParts = append(v.RecordingParts, Part{
				Server: p.Node, Began: happened(p.Moment()), Silence: p.Silence.Seconds(), Seconds: p.Length.Seconds(), There: a.Recordings.There(i.ID, p),
			})
		}
	}
	for _, s := range i.Segments {
		v.Segments = append(v.Segments, Segment{
			Queue: s.Queue, QueueLabel: a.label(s.Queue), Agent: s.Agent, AgentName: a.nameOf(s.Agent), Party: s.Party, Outcome: s.Outcome,
			Queued: happened(s.Queued), Offered: happened(s.Offered), Connected: happened(s.Connected), Released: happened(s.Released),
			WaitedMs: s.Waited.Milliseconds(), TalkedMs: s.Talked.Milliseconds(), HeldMs: s.Held.Milliseconds(),
			WrappedMs: s.Wrapped.Milliseconds(), Disposition: s.Disposition, DispositionLabel: a.disposition(s.Queue, s.Disposition),
			Note: s.Note,
		})
	}
	return v
}

// nameOf is an agent's name, or the id where they are not configured any more.
func (a *API) nameOf(agent string) string {
	p, _ := a.People.Person(agent)
	return word(p.Name, agent)
}

// disposition is a code in the words of its queue.
func (a *API) disposition(queue, code string) string {
	if code == routing.TimedOut {
		return "None in time"
	}
	q, _ := a.People.Queue(queue)
	for _, d := range q.Dispositions {
		if d.Code == code {
			return word(d.Label, code)
		}
	}
	return code
}

func happened(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
