package camera_test

import (
	"fmt"
	"time"

	"linetwin.dev/vision/camera"
)

// plugged is a driver of a camera that starts at once.
type plugged struct{ m *camera.Manager }

func (p *plugged) Start(now time.Duration, session uint32, _ camera.Mode) { p.m.Started(now, session) }
func (p *plugged) Stop(now time.Duration, session uint32)                 { p.m.Stopped(now, session) }
func (p *plugged) Throttle(time.Duration, uint32, bool)                   {}

func Example() {
	d := new(plugged)
	m, err := camera.New(camera.Config{
		StartTimeout: 5 * time.Second, StopTimeout: time.Second,
		Triggered: true, Answer: 100 * time.Millisecond, Patience: 2,
		Retry:  camera.Backoff{First: time.Second, Most: 30 * time.Second},
		WarmUp: camera.WarmUp{For: 10 * time.Second},
	}, d, camera.Mode{Name: "nfov", Rate: 30})
	if err != nil {
		fmt.Println(err)
		return
	}
	d.m = m

	m.Command(0, camera.Run)
	fmt.Println(m.State())
	at, _ := m.Next()
	m.Tick(at)
	fmt.Println(m.State(), "after", at)

	now := 12 * time.Second
	m.Trigger(now, 1)
	shot := camera.Shot{Session: m.Session(), Trigger: 1, Exposed: now, Stamp: now}
	fmt.Println(m.Frame(now+30*time.Millisecond, shot))

	m.Trigger(13*time.Second, 2)
	m.Trigger(14*time.Second, 3)
	m.Tick(15 * time.Second) // nothing has come
	fmt.Println(m.State(), "since it is", m.Cause())
	// Output:
	// warming
	// ready after 10s
	// fresh
	// lost since it is silent
}
