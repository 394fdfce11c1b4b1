#include "shim.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <exception>
#include <vector>

#include <opencv2/aruco.hpp>
#include <opencv2/calib3d.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

// guard runs a call and turns whatever it throws into a message.
template <typename F> static char *guard(F call) noexcept {
	try {
		call();
		return nullptr;
	} catch (const cv::Exception &e) {
		return strdup(e.err.empty() ? e.what() : (e.func + ": " + e.err).c_str());
	} catch (const std::exception &e) {
		return strdup(e.what());
	} catch (...) {
		return strdup("an exception of unknown type");
	}
}

struct shim_finder {
	cv::Ptr<cv::aruco::Dictionary> dictionary;
	cv::Ptr<cv::aruco::DetectorParameters> wide, near;
	int id;
	// Kept from call to call, so that they are allocated once.
	cv::Mat store;
	std::vector<std::vector<cv::Point2f>> corners;
	std::vector<int> ids;
};

extern "C" char *shim_finder_open(int dictionary, int id, shim_finder **out) {
	return guard([&] {
		auto f = cv::makePtr<shim_finder>();
		f->dictionary = cv::aruco::getPredefinedDictionary(dictionary);
		f->id = id;
		f->wide = cv::aruco::DetectorParameters::create();
		f->near = cv::aruco::DetectorParameters::create();
		// One threshold window does for a marker that is known to be there. A
		// region is mostly marker, so that small squares in it are its modules.
		f->near->adaptiveThreshWinSizeMin = 23;
		f->near->adaptiveThreshWinSizeMax = 23;
		f->near->minMarkerPerimeterRate = 0.4;
		*out = new shim_finder(*f);
	});
}

extern "C" void shim_finder_close(shim_finder *f) { delete f; }

extern "C" char *shim_finder_find(shim_finder *f, const unsigned char *rgb, int w, int h, int stride,
	int near, double *corners, int *found) {
	*found = 0;
	return guard([&] {
		const cv::Mat color(h, w, CV_8UC3, const_cast<unsigned char *>(rgb), stride);
		if (f->store.total() < size_t(w) * h)
			f->store.create(h, w, CV_8UC1);
		cv::Mat grey(h, w, CV_8UC1, f->store.data);
		cv::cvtColor(color, grey, cv::COLOR_RGB2GRAY);
		cv::aruco::detectMarkers(grey, f->dictionary, f->corners, f->ids, near ? f->near : f->wide);
		double largest = 0;
		const cv::Point2f *best = nullptr;
		for (size_t i = 0; i < f->ids.size(); i++) {
			if (f->ids[i] != f->id)
				continue;
			double area = std::abs(cv::contourArea(f->corners[i]));
			if (area > largest) {
				largest = area;
				best = f->corners[i].data();
			}
		}
		if (!best)
			return;
		for (int i = 0; i < 4; i++) {
			corners[2 * i] = best[i].x;
			corners[2 * i + 1] = best[i].y;
		}
		*found = 1;
	});
}

extern "C" char *shim_marker_bits(int dictionary, int id, unsigned char *bits, int room, int *side) {
	return guard([&] {
		auto d = cv::aruco::getPredefinedDictionary(dictionary);
		const int n = d->markerSize;
		CV_Assert(id >= 0 && id < d->bytesList.rows && n * n <= room);
		const int pixels = 4;
		cv::Mat picture;
		d->drawMarker(id, (n + 2) * pixels, picture, 1);
		for (int y = 0; y < n; y++)
			for (int x = 0; x < n; x++)
				bits[y * n + x] = picture.at<unsigned char>((y + 1) * pixels + 1, (x + 1) * pixels + 1) > 127;
		*side = n;
	});
}

extern "C" char *shim_solve_pnp(const double *object, const double *image, int n, int coplanar,
	const double *camera, double *r, double *t) {
	return guard([&] {
		const cv::Mat points(n, 3, CV_64F, const_cast<double *>(object));
		const cv::Mat pixels(n, 2, CV_64F, const_cast<double *>(image));
		const cv::Matx33d k(camera[0], 0, camera[2], 0, camera[1], camera[3], 0, 0, 1);
		const cv::Matx41d lens(camera[4], camera[5], 0, 0);
		const int method = coplanar ? cv::SOLVEPNP_IPPE : n < 6 ? cv::SOLVEPNP_EPNP : cv::SOLVEPNP_ITERATIVE;
		cv::Mat rvec, tvec;
		if (!cv::solvePnP(points, pixels, k, lens, rvec, tvec, false, method))
			CV_Error(cv::Error::StsNoConv, "no pose fits the points");
		cv::solvePnPRefineLM(points, pixels, k, lens, rvec, tvec);
		if (!cv::checkRange(rvec) || !cv::checkRange(tvec))
			CV_Error(cv::Error::StsNoConv, "the points do not fix a pose");
		cv::Mat rot(3, 3, CV_64F, r), trans(3, 1, CV_64F, t), full;
		cv::Rodrigues(rvec, full);
		full.copyTo(rot);
		tvec.reshape(1, 3).copyTo(trans);
	});
}

extern "C" char *shim_set_num_threads(int n) {
	return guard([&] { cv::setNumThreads(n); });
}
