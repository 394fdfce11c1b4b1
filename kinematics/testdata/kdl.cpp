// KDL and Eigen beside this package, in one run and on the same poses.
//
//	kdl check < chain and joint values   prints the tool's pose and the Jacobian of each
//	kdl bench < chain                    prints "name value" lines: ns, us, percent; with -DBENCH
//
// A chain is its number of joints, then a alpha d theta min max of each, then x y z of the
// tool; all joints are revolute.
#include <kdl/chain.hpp>
#include <kdl/chainfksolverpos_recursive.hpp>
#include <kdl/chainiksolverpos_lma.hpp>
#include <kdl/chainjnttojacsolver.hpp>

#ifdef BENCH // costs most of the time to compile
#include <Eigen/Dense>
#endif
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <vector>

using namespace KDL;
using Clock = std::chrono::steady_clock;

struct Machine {
	Chain chain;
	int n = 0;
	std::vector<double> lo, hi;
};

static bool read(Machine &m) {
	if (scanf("%d", &m.n) != 1) return false;
	std::vector<double> theta(m.n + 1, 0), a(m.n), alpha(m.n), d(m.n);
	m.lo.resize(m.n), m.hi.resize(m.n);
	for (int i = 0; i < m.n; i++)
		if (scanf("%lf %lf %lf %lf %lf %lf", &a[i], &alpha[i], &d[i], &theta[i], &m.lo[i], &m.hi[i]) != 6) return false;
	double x, y, z;
	if (scanf("%lf %lf %lf", &x, &y, &z) != 3) return false;
	// A joint's offset angle goes to the end of the link before it.
	if (theta[0] != 0) m.chain.addSegment(Segment(Joint(Joint::None), Frame(Rotation::RotZ(theta[0]))));
	for (int i = 0; i < m.n; i++) {
		Frame f = Frame::DH(a[i], alpha[i], d[i], 0);
		if (i + 1 == m.n) f = f * Frame(Vector(x, y, z));
		else if (theta[i + 1] != 0) f = f * Frame(Rotation::RotZ(theta[i + 1]));
		m.chain.addSegment(Segment(Joint(Joint::RotZ), f));
	}
	return true;
}

// The generator of this package's tests.
static uint64_t state = 1;
static double uniform(double lo, double hi) {
	state = state * 6364136223846793005u + 1442695040888963407u;
	return lo + (hi - lo) * double(state >> 11) / double(1ull << 53);
}

static void draw(const Machine &m, JntArray &q) {
	for (int i = 0; i < m.n; i++) q(i) = uniform(m.lo[i], m.hi[i]);
}

static void check(Machine &m) {
	ChainFkSolverPos_recursive fk(m.chain);
	ChainJntToJacSolver jac(m.chain);
	JntArray q(m.n);
	Jacobian j(m.n);
	Frame f;
	for (;;) {
		for (int i = 0; i < m.n; i++)
			if (scanf("%lf", &q(i)) != 1) return;
		fk.JntToCart(q, f);
		jac.JntToJac(q, j);
		for (int i = 0; i < 3; i++) printf("%.17g ", f.p(i));
		for (int i = 0; i < 9; i++) printf("%.17g ", f.M(i / 3, i % 3));
		for (int i = 0; i < m.n; i++)
			for (int r = 0; r < 6; r++) printf("%.17g ", j(r, i));
		printf("\n");
	}
}

#ifdef BENCH
// median of several runs of f, in ns each
static double timed(const std::function<void()> &f) {
	std::vector<double> runs;
	for (int r = 0; r < 21; r++) {
		const int count = 2000;
		auto t = Clock::now();
		for (int i = 0; i < count; i++) f();
		runs.push_back(std::chrono::duration<double, std::nano>(Clock::now() - t).count() / count);
	}
	std::sort(runs.begin(), runs.end());
	return runs[runs.size() / 2];
}

static void inverse(Machine &m, const char *name, double spread, int restarts) {
	ChainFkSolverPos_recursive fk(m.chain);
	Eigen::Matrix<double, 6, 1> weights = Eigen::Matrix<double, 6, 1>::Ones();
	ChainIkSolverPos_LMA ik(m.chain, weights, 1e-9, 100);
	JntArray q(m.n), seed(m.n), out(m.n);
	Frame f;
	std::vector<double> us;
	const int poses = 10000;
	int good = 0;
	state = 1;
	for (int k = 0; k < poses; k++) {
		draw(m, q);
		for (int i = 0; i < m.n; i++)
			seed(i) = spread > 0 ? std::min(std::max(q(i) + uniform(-spread, spread), m.lo[i]), m.hi[i]) : uniform(m.lo[i], m.hi[i]);
		fk.JntToCart(q, f);
		// The fastest of three leaves out what else the machine was doing.
		uint64_t keep = state;
		double best = 1e300;
		int e = 0;
		for (int run = 0; run < 3; run++) {
			state = keep;
			JntArray from = seed;
			auto t = Clock::now();
			e = ik.CartToJnt(from, f, out);
			for (int r = 0; e < 0 && r < restarts; r++) {
				draw(m, from);
				e = ik.CartToJnt(from, f, out);
			}
			best = std::min(best, std::chrono::duration<double, std::micro>(Clock::now() - t).count());
		}
		us.push_back(best);
		state = keep;
		Frame got;
		fk.JntToCart(out, got);
		if (e >= 0 && (got.p - f.p).Norm() <= 1e-8) good++;
	}
	std::sort(us.begin(), us.end());
	printf("%s-p50 %g\n%s-p99 %g\n%s-success %g\n", name, us[poses / 2], name, us[poses * 99 / 100], name, 100.0 * good / poses);
}

static void bench(Machine &m) {
	ChainFkSolverPos_recursive fk(m.chain);
	ChainJntToJacSolver jac(m.chain);
	JntArray q(m.n);
	Jacobian j(m.n);
	Frame f;
	for (int i = 0; i < m.n; i++) q(i) = 0.3 + 0.2 * i;
	volatile double sink = 0;
	printf("forward %g\n", timed([&] { q(0) += 1e-6; fk.JntToCart(q, f); sink = f.p(0); }));
	printf("jacobian %g\n", timed([&] { q(0) += 1e-6; jac.JntToJac(q, j); sink = j(0, 0); }));
	Eigen::Matrix<double, 6, 6> a;
	for (int r = 0; r < 6; r++)
		for (int c = 0; c < 6; c++) a(r, c) = uniform(-1, 1);
	a = a * a.transpose() + 0.1 * Eigen::Matrix<double, 6, 6>::Identity();
	Eigen::Matrix<double, 6, 1> b, x;
	b << 1, 2, 3, 4, 5, 6;
	printf("eigen-ldlt %g\n", timed([&] { b(0) += 1e-9; x = a.ldlt().solve(b); sink = x(0); }));
	printf("eigen-llt %g\n", timed([&] { b(0) += 1e-9; x = a.llt().solve(b); sink = x(0); }));
	inverse(m, "random", 0, 0);
	inverse(m, "restarts", 0, 100);
	inverse(m, "path", 0.1, 0);
}
#endif

int main(int argc, char **argv) {
	Machine m;
	if (argc < 2 || !read(m)) return 2;
	if (!strcmp(argv[1], "check")) check(m);
#ifdef BENCH
	else bench(m);
#endif
	return 0;
}
