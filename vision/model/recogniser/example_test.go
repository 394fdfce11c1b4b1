package recogniser_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"linetwin.dev/vision/model"
	"linetwin.dev/vision/model/recogniser"
)

func ExampleLane() {
	recognise := func(img model.Image) error {
		lane, err := recogniser.Open(recogniser.Spec{Command: []string{"python3", "recogniser.py"}, Dir: "../example"})
		if err != nil {
			return err
		}
		defer lane.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		answer, err := lane.Recognise(ctx, recogniser.Request{Image: img})
		if err != nil {
			return err
		}
		fmt.Println(answer.Labels[0].Label, answer.Labels[0].Score)
		return nil
	}
	// A picture without pixels is refused before a process is asked.
	err := recognise(model.Image{W: 640, H: 480, Pix: []byte{}})
	fmt.Println(err)
	// Output: an image of 640 x 480 pixels with 0 bytes; 3 bytes a pixel are wanted
}

func ExampleAdmission_Check() {
	memory := recogniser.Memory{Device: "GPU 0", Used: 72 << 30, Total: 80 << 30}
	err := recogniser.Admission{}.Check(recogniser.Low, 3, memory, time.Second)
	var refused *recogniser.Refused
	fmt.Println(errors.As(err, &refused))
	fmt.Println(err)
	// Output:
	// true
	// 90 % of the memory of GPU 0 is used, more than 85 %; low priority waits; try again in 5s
}
