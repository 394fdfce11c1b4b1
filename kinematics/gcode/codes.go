package gcode

// G codes are written as ten times their number: g38x2 is 382, G38.2.
const (
	none int16 = -1

	g0, g1, g2, g3, g4       int16 = 0, 10, 20, 30, 40
	g5, g5x1, g5x2, g5x3     int16 = 50, 51, 52, 53
	g7, g8, g10              int16 = 70, 80, 100
	g17, g17x1, g18, g18x1   int16 = 170, 171, 180, 181
	g19, g19x1, g20, g21     int16 = 190, 191, 200, 210
	g28, g28x1, g30, g30x1   int16 = 280, 281, 300, 301
	g33, g33x1, g38x2, g38x5 int16 = 330, 331, 382, 385
	g40, g41, g41x1          int16 = 400, 410, 411
	g42, g42x1               int16 = 420, 421
	g43, g43x1, g43x2, g43x4 int16 = 430, 431, 432, 434
	g49, g52, g53            int16 = 490, 520, 530
	g54, g59, g59x1, g59x3   int16 = 540, 590, 591, 593
	g61, g61x1, g64          int16 = 610, 611, 640
	g70, g72x2, g73, g74     int16 = 700, 722, 730, 740
	g76, g80, g81, g82, g83  int16 = 760, 800, 810, 820, 830
	g84, g85, g86, g87       int16 = 840, 850, 860, 870
	g88, g89                 int16 = 880, 890
	g90, g90x1, g91, g91x1   int16 = 900, 901, 910, 911
	g92, g92x1, g92x2, g92x3 int16 = 920, 921, 922, 923
	g93, g94, g95            int16 = 930, 940, 950
	g96, g97, g98, g99       int16 = 960, 970, 980, 990
)

// The modal groups of G codes: a line has at most one code of each.
const (
	groupOnce     = iota // in effect on its own line only
	groupMotion          //
	groupPlane           //
	groupDistance        // G90, G91
	groupCentre          // G90.1, G91.1
	groupFeedMode        //
	groupUnits           //
	groupComp            //
	groupLength          // tool length
	groupRetract         // G98, G99
	groupBlending        // G61, G64
	groupSystem          // G54 to G59.3
	groupSpindle         // G96, G97
	groupDiameter        // G7, G8
	groupLocal           // G92.1 to G92.3
	groupsG
)

// The modal groups of M codes.
const (
	groupStop     = iota // M0 M1 M2 M30 M60 M99
	groupIO              // M62 to M68
	groupTool            // M6 M61
	groupTurning         // M3 M4 M5 M19 M70 to M73
	groupCoolant         // M7 M8 M9
	groupOverride        // M48 to M53
	groupCustom          // registered ones
	groupsM
)

// noGroup marks codes that there are not.
const noGroup = 255

// gGroups gives the modal group of each G code.
var gGroups = gGroupTable()

func gGroupTable() (t [1000]uint8) {
	for i := range t {
		t[i] = noGroup
	}
	for group, codes := range map[uint8][]int16{
		groupOnce: {g4, g5x3, g10, g28, g28x1, g30, g30x1, g52, g53, g92},
		groupMotion: {g0, g1, g2, g3, g5, g5x1, g5x2, g33, g33x1, g38x2, 383, 384, g38x5, g73, g74, g76,
			g80, g81, g82, g83, g84, g85, g86, g87, g88, g89},
		groupPlane:    {g17, g17x1, g18, g18x1, g19, g19x1},
		groupDistance: {g90, g91},
		groupCentre:   {g90x1, g91x1},
		groupFeedMode: {g93, g94, g95},
		groupUnits:    {g20, g21},
		groupComp:     {g40, g41, g41x1, g42, g42x1},
		groupLength:   {g43, g43x1, g43x2, g43x4, g49},
		groupRetract:  {g98, g99},
		groupBlending: {g61, g61x1, g64},
		groupSystem:   {g54, 550, 560, 570, 580, g59, g59x1, 592, g59x3},
		groupSpindle:  {g96, g97},
		groupDiameter: {g7, g8},
		groupLocal:    {g92x1, g92x2, g92x3},
	} {
		for _, c := range codes {
			t[c] = group
		}
	}
	return t
}

// mGroups gives the modal group of each M code of the language itself.
var mGroups = mGroupTable()

func mGroupTable() (t [100]uint8) {
	for i := range t {
		t[i] = noGroup
	}
	for group, codes := range map[uint8][]int{
		groupStop:     {0, 1, 2, 30, 60, 99},
		groupIO:       {62, 63, 64, 65, 66, 67, 68},
		groupTool:     {6, 61},
		groupTurning:  {3, 4, 5, 19, 70, 71, 72, 73},
		groupCoolant:  {7, 8, 9},
		groupOverride: {48, 49, 50, 51, 52, 53},
	} {
		for _, c := range codes {
			t[c] = group
		}
	}
	return t
}

// isCycle tells whether a motion code is a canned cycle, which repeats with each line
// that has axis words.
func isCycle(code int16) bool {
	return code == g73 || code == g74 || code >= g81 && code <= g89 && code%10 == 0
}
