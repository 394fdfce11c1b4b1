package endpoint

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what Prometheus sees of a handler and its service.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  prometheus.Histogram
}

func newMetrics(s Service) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "linetwin_model_requests_total", Help: "Pictures that were sent, by the status of the answer.",
		}, []string{"status"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "linetwin_model_request_seconds", Help: "From the request to its answer.",
			Buckets: []float64{0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30},
		}),
	}
	m.registry.MustRegister(m.requests, m.seconds, lanes{s})
	return m
}

func (m *metrics) answered(code int, took time.Duration) {
	m.requests.WithLabelValues(strconv.Itoa(code)).Inc()
	m.seconds.Observe(took.Seconds())
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// lanes shows the state of a service when it is asked.
type lanes struct{ s Service }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("linetwin_model_"+name, help, labels, nil)
}

var (
	inWorkDesc   = desc("in_work", "Requests that are waiting or being answered.")
	memoryDesc   = desc("memory_used_ratio", "Part of the device's memory that is used; absent while it is not known.")
	refusedDesc  = desc("refused_total", "Requests that were refused by the admission.")
	readyDesc    = desc("ready", "Processes that have their model loaded.", "lane")
	waitingDesc  = desc("waiting", "Requests that wait.", "lane")
	answeredDesc = desc("answered_total", "Requests that were answered.", "lane")
	lateDesc     = desc("late_total", "Requests that were not answered in time.", "lane")
	faultsDesc   = desc("faults_total", "Times that a recogniser was ended, or ended by itself.", "lane")
	startsDesc   = desc("starts_total", "Times that a recogniser was started.", "lane")
	fullDesc     = desc("queue_full_total", "Requests for which there was no room.", "lane")
)

// Describe tells what there may be.
func (l lanes) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(l, ch) }

// Collect tells what there is.
func (l lanes) Collect(ch chan<- prometheus.Metric) {
	st := l.s.Status()
	value := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, kind, v, labels...)
	}
	value(inWorkDesc, prometheus.GaugeValue, float64(st.InWork))
	value(refusedDesc, prometheus.CounterValue, float64(st.Refused))
	if st.Memory.Total > 0 {
		value(memoryDesc, prometheus.GaugeValue, st.Memory.Part())
	}
	for name, s := range st.Lanes {
		value(readyDesc, prometheus.GaugeValue, float64(s.Ready), string(name))
		value(waitingDesc, prometheus.GaugeValue, float64(s.Waiting), string(name))
		for d, n := range map[*prometheus.Desc]uint64{answeredDesc: s.Answered, lateDesc: s.Late, faultsDesc: s.Faults, startsDesc: s.Starts, fullDesc: s.Counts.Refused} {
			value(d, prometheus.CounterValue, float64(n), string(name))
		}
	}
}
