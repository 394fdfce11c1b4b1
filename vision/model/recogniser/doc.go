// Package recogniser runs models that are other programs: started once with their model
// loaded, shown pictures by reference over standard input, answering on standard output.
// README.md tells the protocol, a JSON document a line.
//
// The main type is [Lane], a queue with the processes that answer it. What a recogniser
// may do wrong ends that process and nothing else:
//
//	lane, err := recogniser.Open(recogniser.Spec{Command: []string{"python3", "recogniser.py"}})
//	if err != nil {
//		return err
//	}
//	defer lane.Close()
//	answer, err := lane.Recognise(ctx, recogniser.Request{Image: img})
//	if err != nil {
//		return err
//	}
//	fmt.Println(answer.Labels[0].Label, answer.Labels[0].Score)
//
// [Service] puts a fast and a precise lane behind one [Admission] by memory and load.
// [Serve] is the other side, for recognisers in Go.
//
// Processes, pipes and time are real here. What decides (queue, back-off, admission, the
// reading of messages) takes time as an argument or needs none.
package recogniser
