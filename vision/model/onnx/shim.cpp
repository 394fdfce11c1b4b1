#include "shim.h"

#include <cstdio>
#include <exception>

#include <unistd.h>

#include <opencv2/dnn.hpp>

extern "C" int onnx_cuda_targets(void) {
	try { // no C++ exception leaves this file, because one that did would abort the process
		return int(cv::dnn::getAvailableTargets(cv::dnn::DNN_BACKEND_CUDA).size());
	} catch (...) {
		return 0;
	}
}

[[noreturn]] static void end() {
	try {
		if (std::exception_ptr e = std::current_exception())
			std::rethrow_exception(e);
	} catch (const std::exception &e) {
		fprintf(stderr, "OpenCV: %s\n", e.what());
		_exit(70);
	} catch (...) {
	}
	fprintf(stderr, "OpenCV: an exception of unknown type\n");
	_exit(70);
}

extern "C" void onnx_end_plainly(void) { std::set_terminate(end); }
