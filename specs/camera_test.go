package specs

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func cameraWith(t *testing.T, text string) Camera {
	t.Helper()
	l, err := Load(writeLine(t, `trigger: "pe_in"`, "trigger: \"pe_in\"\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return l.Cameras["top"]
}

func TestKindsOfNoiseChooseTheDefaultsOfACamera(t *testing.T) {
	plain := cameraWith(t, "")
	if s := plain.Sim; s.Noise != "plain" || s.ReadNoise != 1 || s.Readout != 0 || s.Flicker != 0 || s.DepthBias != 0.003 || s.ToF.Sigma != 0.017 {
		t.Errorf("by default there is %+v", s)
	}
	sheet := cameraWith(t, `sim: noise: "datasheet"`).Sim
	if sheet.Readout.Seconds() != 0.033 || sheet.Flicker != 0.08 || sheet.ReadNoise != 1 || sheet.ToF.Noise != "datasheet" {
		t.Errorf("datasheet is %+v", sheet)
	}
	if s := sheet.ToF; s.Bias+s.Wiggle+s.Pattern != 0.011 || s.Scale != 0.001 {
		t.Errorf("parts of the systematic error do not make up 11 mm + 0.1 %%: %+v", s)
	}
	own := cameraWith(t, `sim: {noise: "datasheet", flicker: "2%", tof: sigma: "5mm"}`).Sim
	if own.Flicker != 0.02 || own.ToF.Sigma != 0.005 || own.Drift != sheet.Drift {
		t.Errorf("with two fields of its own it is %+v", own)
	}
}

func TestAnIdealCameraIsThatOfTheZeroValue(t *testing.T) {
	got := cameraWith(t, `sim: noise: "ideal"`).Sim
	// What says nothing of an amount: names, frequencies and periods, shares, the lens.
	want := CameraSim{
		Noise: "ideal", Light: 1, FlickerFrequency: 100, DriftPeriod: got.DriftPeriod, PixelNoise: got.PixelNoise,
		ToF: ToFSim{Noise: "ideal", ReadShare: got.ToF.ReadShare, WigglePeriod: got.ToF.WigglePeriod,
			K1: 8.690, K2: 4.468, K3: 0.1729, K4: 9.017, K5: 7.379, K6: 1.056},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestDepthModesAreThoseOfTheSheet(t *testing.T) {
	aligned := cameraWith(t, "")
	if m := aligned.Mode(); m.Name != Aligned || m.W != 1280 || m.H != 720 || m.Far != 2.88 || (Camera{}).Mode().Name != Aligned {
		t.Errorf("aligned depth is %+v", m)
	}
	c := cameraWith(t, `depthMode: "nfov-unbinned"`)
	if m := c.Mode(); m.W != 640 || m.H != 576 || m.Near != 0.5 || m.Far != 3.86 || m.Exposure.String() != "12.8ms" {
		t.Errorf("nfov-unbinned is %+v", m)
	}
	if c.DepthPose.XYZ != [3]Length{-0.0325, -0.001, 0.0019} || c.DepthPose.RPY[0].String() != "-6.4deg" {
		t.Errorf("the depth camera is at %v", c.DepthPose)
	}
	c = cameraWith(t, `depthPose: xyz: ["0mm", "40mm", "0mm"]`)
	if c.DepthPose.XYZ[1] != 0.04 || c.DepthPose.RPY[0].String() != "-6.4deg" {
		t.Errorf("a depth camera moved is at %v", c.DepthPose)
	}
}
