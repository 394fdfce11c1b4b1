package mes

import (
	"fmt"
	"time"
)

// Sample records the values of the registers of Config.Registers, in that order,
// at line time now, each with the quality that its source gives it (0 good, 1 uncertain, 2 bad; a
// value may be NaN).
// The caller samples every Config.HistoryPeriod. The newest Config.HistoryKeep
// samples are kept. The slices are copied. A sample also writes the batch that
// waits in memory, so that no more than a period is ever lost.
func (m *MES) Sample(now time.Duration, values []float64, quality []uint8) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.at(now)
	if err != nil {
		return err
	}
	if len(values) != len(m.registers) || len(quality) != len(m.registers) {
		return fmt.Errorf("mes: a sample of %d values and %d qualities; there are %d registers, and each needs one of both", len(values), len(quality), len(m.registers))
	}
	if m.nSamples > 0 && t <= m.lastSample {
		return fmt.Errorf("mes: a second sample at %v; the newest is of %v, and the next must be later", t, m.lastSample)
	}
	m.now = t
	m.nSamples++
	m.lastSample = t
	m.oldestSample = max(m.oldestSample, m.nSamples-int64(m.keep)+1)
	m.pend.samples = append(m.pend.samples, sampleRow{n: m.nSamples, at: t, first: len(m.pend.values)})
	m.pend.values = append(m.pend.values, values...)
	m.pend.quality = append(m.pend.quality, quality...)
	return m.flush()
}

// kept is how many samples there are.
func (m *MES) kept() int { return int(m.nSamples - m.oldestSample + 1) }
