// The calls into OpenCV 4.6 that gocv v0.31 lacks. Each function returns NULL, or
// a message that the caller frees: no C++ exception leaves this file, because one
// that did would abort the process.
#ifndef LINETWIN_VISION_SHIM_H
#define LINETWIN_VISION_SHIM_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct shim_finder shim_finder;

char *shim_finder_open(int dictionary, int id, shim_finder **out);
void shim_finder_close(shim_finder *f);

// Looks for the marker in w x h pixels of RGB whose rows are stride bytes apart.
// corners gets x, y of four corners, clockwise from the marker's top left, counted
// from the first pixel given. near is nonzero when the marker is known to fill
// much of the region, which allows a cheaper search.
char *shim_finder_find(shim_finder *f, const unsigned char *rgb, int w, int h, int stride,
	int near, double *corners, int *found);

// Bits of a marker, row by row from its top left, 1 for white, border left out:
// side receives their number per row; bits holds room bytes.
char *shim_marker_bits(int dictionary, int id, unsigned char *bits, int room, int *side);

// Pose of an object: n points xyz in its frame, n pixels uv, camera = fx fy cx cy
// k1 k2. r is row-major.
char *shim_solve_pnp(const double *object, const double *image, int n, int coplanar,
	const double *camera, double *r, double *t);

char *shim_set_num_threads(int n);

#ifdef __cplusplus
}
#endif

#endif
