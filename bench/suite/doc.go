// Package suite is what benchmarks of one subject, "make bench-NAME", have in common: they are
// measured in parts, each of which gives some lines of a table of required figures; the
// table is printed and published, and the benchmark fails where a line is not reached.
//
// Command is the main type: the flags that all have.
//
//	c := suite.Flags("motion", suite.Names(parts), 21, "of each contender")
//	flag.Parse()
//	if err := c.Check(flag.Args()); err != nil { suite.Exit(err) }
//	suite.Exit(suite.Run(c, parts, session))
package suite
