/* Depth to colour as it is commonly done, for comparison: the upper left and the lower right corner of
 * each depth pixel are projected at its depth, and the rectangle between them is filled with the
 * pixel's z in the colour camera's frame, where it is the nearest. Rays come as a table.
 *
 * usage: peer FILE FRAMES; prints the median and the least milliseconds a frame, and the least of processor time. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct { float tx, ty, tz, k1, k2, k3, k4, k5, k6, p1, p2, fx, fy, cx, cy; } c;

static int project(const float *ray, float depth, float *u, float *v, float *z)
{
	float px = depth * ray[0] + c.tx, py = depth * ray[1] + c.ty, pz = depth * ray[2] + c.tz;
	if (!(pz > 1))
		return 0;
	float x = px / pz, y = py / pz, r2 = x * x + y * y;
	float d = (1 + r2 * (c.k1 + r2 * (c.k2 + r2 * c.k3))) / (1 + r2 * (c.k4 + r2 * (c.k5 + r2 * c.k6)));
	*u = c.fx * (x * d + 2 * c.p1 * x * y + c.p2 * (r2 + 2 * x * x)) + c.cx;
	*v = c.fy * (y * d + c.p1 * (r2 + 2 * y * y) + 2 * c.p2 * x * y) + c.cy;
	*z = pz;
	return 1;
}

static void frame(int w, int h, int cw, int ch, const float *rays, const float *depth, float *out)
{
	memset(out, 0, sizeof(float) * cw * ch);
	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++) {
			float s = depth[y * w + x], u0, v0, u1, v1, z0, z1;
			if (!(s > 0))
				continue;
			const float *r = rays + 3 * (y * (w + 1) + x);
			if (!project(r, s, &u0, &v0, &z0) || !project(r + 3 * (w + 2), s, &u1, &v1, &z1))
				continue;
			int left = (int)(u0 + 0.5f), top = (int)(v0 + 0.5f), right = (int)(u1 + 0.5f), bottom = (int)(v1 + 0.5f);
			if (left < 0 || top < 0 || right >= cw || bottom >= ch)
				continue;
			float z = (z0 + z1) / 2;
			for (int v = top; v <= bottom; v++)
				for (int u = left; u <= right; u++) {
					float *o = out + (size_t)v * cw + u;
					if (*o == 0 || z < *o)
						*o = z;
				}
		}
}

static double now(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	FILE *f = argc == 3 ? fopen(argv[1], "rb") : NULL;
	int32_t n[4];
	if (!f || fread(n, sizeof n, 1, f) != 1 || fread(&c, sizeof c, 1, f) != 1)
		return 1;
	size_t nr = 3 * (size_t)(n[0] + 1) * (n[1] + 1), nd = (size_t)n[0] * n[1];
	float *rays = malloc(nr * 4), *depth = malloc(nd * 4), *out = malloc(sizeof(float) * n[2] * n[3]);
	if (fread(rays, 4, nr, f) != nr || fread(depth, 4, nd, f) != nd)
		return 1;
	int frames = atoi(argv[2]);
	double *ms = malloc(frames * sizeof *ms), cpu = INFINITY;
	for (int i = 0; i < frames; i++) {
		double begin = now(CLOCK_MONOTONIC), began = now(CLOCK_PROCESS_CPUTIME_ID);
		frame(n[0], n[1], n[2], n[3], rays, depth, out);
		cpu = fmin(cpu, now(CLOCK_PROCESS_CPUTIME_ID) - began);
		ms[i] = now(CLOCK_MONOTONIC) - begin;
	}
	qsort(ms, frames, sizeof *ms, order);
	printf("%.3f %.3f %.3f\n", ms[frames / 2], ms[0], cpu);
	return 0;
}
