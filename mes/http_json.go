package mes

import (
	"math"
	"strconv"
	"time"
)

// What the API says. Times are seconds of line time; what is not defined is null.

type statusView struct {
	Run        string       `json:"run"`
	Session    int64        `json:"session"`
	Now        float64      `json:"now_s"`
	State      string       `json:"state"`
	Since      float64      `json:"since_s"`
	Producing  bool         `json:"producing"`
	Commands   bool         `json:"commands"` // whether commands are taken
	Orders     []orderView  `json:"orders"`
	Total      countsView   `json:"total"`
	Unassigned countsView   `json:"unassigned"`
	States     []stateView  `json:"states"`
	KPI        kpiView      `json:"kpi"`
	Recent     []recordView `json:"recent"`
	History    historyState `json:"history"`
	Pictures   pictureState `json:"pictures"`
}

type orderView struct {
	ID       string           `json:"id"`
	Product  string           `json:"product"`
	Quantity int              `json:"quantity"`
	Cycle    float64          `json:"cycle_s,omitempty"`
	State    string           `json:"state"`
	Can      []Verb           `json:"can"`
	Counts   countsView       `json:"counts"`
	Started  *float64         `json:"started_s"`
	Ended    *float64         `json:"ended_s"`
	States   []stateView      `json:"states"`
	KPI      kpiView          `json:"kpi"`
	Audit    []transitionView `json:"audit,omitempty"`
}

type countsView struct {
	Good    int64        `json:"good"`
	Reject  int64        `json:"reject"`
	Reasons []reasonView `json:"reasons"`
}

type reasonView struct {
	Reason string `json:"reason"`
	Count  int64  `json:"count"`
}

type stateView struct {
	State string  `json:"state"`
	Time  float64 `json:"time_s"`
}

type kpiView struct {
	Producing     float64  `json:"producing_s"`
	Busy          float64  `json:"busy_s"`
	Availability  *float64 `json:"availability"`
	Effectiveness *float64 `json:"effectiveness"`
	Quality       *float64 `json:"quality"`
	OEE           *float64 `json:"oee"`
}

type transitionView struct {
	At    float64 `json:"at_s"`
	From  string  `json:"from"`
	To    string  `json:"to"`
	Cause string  `json:"cause"`
}

type recordView struct {
	N       int64      `json:"n"`
	Session int64      `json:"session"`
	At      float64    `json:"at_s"`
	Track   uint64     `json:"track,omitempty"`
	Serial  uint64     `json:"serial,omitempty"`
	Product string     `json:"product"`
	Order   string     `json:"order"`
	Good    bool       `json:"good"`
	Reason  string     `json:"reason,omitempty"`
	Steps   []stepView `json:"steps,omitempty"`

	Pictures []pictureView `json:"pictures,omitempty"`
}

type pictureView struct {
	N       int64   `json:"n"`
	Href    string  `json:"href"` // relative to the page
	Station string  `json:"station"`
	Camera  string  `json:"camera"`
	At      float64 `json:"at_s"`
	Verdict string  `json:"verdict"`
	Width   int     `json:"width"`
	Height  int     `json:"height"`
	Bytes   int     `json:"bytes"`
}

type pictureState struct {
	Kept    int    `json:"kept"`
	Keep    int    `json:"keep"`
	Dropped int64  `json:"dropped"`
	Why     string `json:"why,omitempty"` // the last one was
}

type stepView struct {
	Station string   `json:"station"`
	At      float64  `json:"at_s"`
	Result  string   `json:"result"`
	Value   *float64 `json:"value"`
	Unit    string   `json:"unit,omitempty"`

	Measures []measureView `json:"measures,omitempty"`
}

type measureView struct {
	Name  string   `json:"name"`
	Value *float64 `json:"value"`
	Unit  string   `json:"unit"`
}

type historyState struct {
	Registers []string `json:"registers"`
	Period    float64  `json:"period_s"`
	Keep      int      `json:"keep"`
	Samples   int      `json:"samples"`
	Last      *float64 `json:"last_s"`
}

type sampleView struct {
	At      float64    `json:"at_s"`
	Values  []*float64 `json:"values"`
	Quality []int      `json:"quality"`
}

// orNull keeps what JSON has no number for out of it.
func orNull(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

func timeOrNull(d time.Duration) *float64 {
	if d < 0 {
		return nil
	}
	return orNull(d.Seconds())
}

func statusJSON(s Status, commands bool) statusView {
	v := statusView{
		Run: s.Run, Session: s.Session, Now: s.Now.Seconds(), State: s.State, Since: s.Since.Seconds(),
		Producing: s.Producing, Commands: commands,
		Orders: make([]orderView, len(s.Orders)), Total: countsJSON(s.Total), Unassigned: countsJSON(s.Unassigned),
		States: statesJSON(s.States), KPI: kpiJSON(s.KPI), Recent: recordsJSON(s.Recent),
		History: historyState{Registers: s.History.Registers, Period: s.History.Period.Seconds(), Keep: s.History.Keep, Samples: s.History.Samples},
	}
	v.Pictures = pictureState{Kept: s.Pictures.Kept, Keep: s.Pictures.Keep, Dropped: s.Pictures.Dropped}
	if s.Pictures.Why != nil {
		v.Pictures.Why = s.Pictures.Why.Error()
	}
	if v.History.Registers == nil {
		v.History.Registers = []string{}
	}
	if s.History.Samples > 0 {
		v.History.Last = timeOrNull(s.History.Last)
	}
	for i, o := range s.Orders {
		v.Orders[i] = orderJSON(o)
	}
	return v
}

func orderJSON(o OrderStatus) orderView {
	v := orderView{
		ID: o.ID, Product: o.Product, Quantity: o.Quantity, Cycle: o.Cycle.Seconds(), State: string(o.State),
		Can: append([]Verb{}, o.Can...), Counts: countsJSON(o.Counts), Started: timeOrNull(o.Started), Ended: timeOrNull(o.Ended),
		States: statesJSON(o.States), KPI: kpiJSON(o.KPI),
	}
	return v
}

func countsJSON(c Counts) countsView {
	v := countsView{Good: c.Good, Reject: c.Reject, Reasons: make([]reasonView, len(c.Reasons))}
	for i, r := range c.Reasons {
		v.Reasons[i] = reasonView(r)
	}
	return v
}

func statesJSON(s []StateTime) []stateView {
	v := make([]stateView, len(s))
	for i, x := range s {
		v[i] = stateView{x.State, x.Time.Seconds()}
	}
	return v
}

func kpiJSON(k KPI) kpiView {
	return kpiView{
		Producing: k.Producing.Seconds(), Busy: k.Busy.Seconds(), Availability: orNull(k.Availability),
		Effectiveness: orNull(k.Effectiveness), Quality: orNull(k.Quality), OEE: orNull(k.OEE),
	}
}

func partsJSON(rs []Record) any {
	return map[string]any{"parts": recordsJSON(rs)}
}

func recordsJSON(rs []Record) []recordView {
	v := make([]recordView, len(rs))
	for i, r := range rs {
		v[i] = recordView{
			N: r.N, Session: r.Session, At: r.At.Seconds(), Track: r.Track, Serial: r.Serial,
			Product: r.Product, Order: r.Order, Good: r.Good, Reason: r.Reason,
		}
		for _, s := range r.Steps {
			w := stepView{Station: s.Station, At: s.At.Seconds(), Result: s.Result, Value: orNull(s.Value), Unit: s.Unit}
			for _, x := range s.Measures {
				w.Measures = append(w.Measures, measureView{x.Name, orNull(x.Value), x.Unit})
			}
			v[i].Steps = append(v[i].Steps, w)
		}
		for _, p := range r.Pictures {
			v[i].Pictures = append(v[i].Pictures, pictureView{
				N: p.N, Href: "api/pictures/" + strconv.FormatInt(p.N, 10), Station: p.Station, Camera: p.Camera,
				At: p.At.Seconds(), Verdict: p.Verdict, Width: p.Width, Height: p.Height, Bytes: p.Bytes,
			})
		}
	}
	return v
}

func historyJSON(registers []string, samples []Sample) any {
	out := make([]sampleView, len(samples))
	for i, s := range samples {
		v := sampleView{At: s.At.Seconds(), Values: make([]*float64, len(s.Values)), Quality: make([]int, len(s.Quality))}
		for k := range s.Values {
			v.Values[k], v.Quality[k] = orNull(s.Values[k]), int(s.Quality[k])
		}
		out[i] = v
	}
	if registers == nil {
		registers = []string{}
	}
	return map[string]any{"registers": registers, "samples": out}
}
