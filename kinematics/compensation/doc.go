// Package compensation takes known and observed errors out of a machine's setpoints.
//
// Matrix is the main type: it watches where the tool is and where it was sent, finds the
// error behind noise and outliers, and moves a correction towards its opposite, never by
// more, nor faster, than it is allowed to. Beside it stand tables of errors that were measured
// before: Volume for those of a working space (from 21 error functions: Geometric), Axis for
// those of a screw, forwards and backwards, Thermal for those that come with warmth.
//
//	m, err := compensation.NewMatrix(compensation.MatrixConfig{
//		Period: 1e-3, Gain: 2, Window: 64,
//		MaxShift: 50e-6, MaxTurn: 1e-4, MaxShiftRate: 1e-3, MaxTurnRate: 1e-3,
//	})
//	volume, err := compensation.ReadVolume(file, "volume.csv")
//	sent := m.Apply(volume.Correct(commanded)) // in each cycle
//	m.Observe(commanded, measured, 0)          // when there is a measurement
//	m.Advance()                                // in each cycle
//
// Every table is read from CSV and written to it (ReadAxis, ReadVolume, ReadGeometric,
// ReadThermal), interpolates linearly, holds its values beyond its edges and tells how fast
// its errors change at most (MaxSlope), so that a planner can leave room for them. An error
// is what is measured less what was commanded; a correction takes it away. What is left on
// the surface of the part is the business of package roughness below.
//
// Units are SI: metres, radians, seconds; temperatures are in degrees Celsius. Tables are
// immutable, and any number of goroutines may use one; what keeps state says so. Nothing reads
// a clock, and nothing that a control cycle calls allocates. Equal arguments give equal bits on
// one binary.
//
// Sources: Huber and Ronchetti, Robust Statistics (2009), for the trimmed mean and its breakdown
// point; Smith, Closer Control of Loops with Dead Time (Chem. Eng. Prog. 53, 1957), for the
// delay; Higham, Functions of Matrices (2008), 8.3, for the way back to a rotation; ISO 230-1
// (2012) and Schwenke and others, Geometric Error Measurement and Compensation of Machines (CIRP
// Annals 57/2, 2008), for the 21 errors; Visintin, Differential Models of Hysteresis (1994), for
// play; RFC 4180 for CSV. README.md tells the theory in short.
package compensation
