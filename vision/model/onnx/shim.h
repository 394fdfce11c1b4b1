// What gocv v0.31 lacks for OpenCV's dnn.
#ifndef LINETWIN_ONNX_SHIM_H
#define LINETWIN_ONNX_SHIM_H

#ifdef __cplusplus
extern "C" {
#endif

// The number of ways in which CUDA is to be had; 0 where there is no device, or OpenCV was
// built without it.
int onnx_cuda_targets(void);

// Lets a C++ exception that nobody catches end the process with what it says on standard
// error and exit status 70, in place of a signal and the stacks of all goroutines.
void onnx_end_plainly(void);

#ifdef __cplusplus
}
#endif

#endif
