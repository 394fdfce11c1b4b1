// Package judge lets an inspection station ask a recogniser: the crop of a part is shown to a
// learned model, and its class becomes a finding of the verdict.
//
// The main type is [Judge]:
//
//	how, err := judge.Prepare(station.Recogniser, dir, models) // what can be said without starting it
//	if err != nil {
//		return err
//	}
//	j, err := judge.Open(how, station.Recogniser, judge.Simulated)
//	if err != nil {
//		return err
//	}
//	defer j.Close()
//	v := inspector.Inspect(frame)
//	if err := j.Look(ctx, frame.Color, &v); err != nil {
//		return err // the recogniser does not run at all
//	}
//	fmt.Println(v.Reason, v.Class, v.ClassScore)
//
// A part of which there is no answer is not judged, and counted. What the recogniser did wrong
// ends its process, and the next part has another one.
//
// Where time is simulated an answer is waited for, so that how fast this machine is does not reach
// the verdict: equal pictures give equal verdicts, as far as the recogniser gives equal answers.
// On the wall clock one that comes behind its deadline counts no more.
package judge
