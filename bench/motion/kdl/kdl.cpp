// KDL and Eigen, to be measured beside this project's kinematics.
//
// It reads a machine: the number of joints, then for each joint
//
//	a alpha d min max mass cx cy cz Ixx Iyy Izz Ixy Ixz Iyz
//
// (distal Denavit-Hartenberg, all revolute; mass, centre and inertia about the centre, in the
// frame of the link), then x y z of the tool. After that it answers one line to each line:
//
//	version                              what it is made with
//	values q... qd... qdd...             pose, Jacobian, torques, accelerations by either way
//	time WHAT COUNT                      ns of processor time for each of so many
//	inverse SPREAD RESTARTS POSES TOLERANCE
//	                                     how many poses were met, then us for each
#include <kdl/chain.hpp>
#include <kdl/chaindynparam.hpp>
#include <kdl/chainfdsolver_recursive_newton_euler.hpp>
#include <kdl/chainfksolverpos_recursive.hpp>
#include <kdl/chainidsolver_recursive_newton_euler.hpp>
#include <kdl/chainiksolverpos_lma.hpp>
#include <kdl/chainjnttojacsolver.hpp>
#include <kdl/config.h>

#include <Eigen/Dense>
#include <chrono>
#include <cstdint>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>
#include <time.h>
#include <vector>

using namespace KDL;

static double processorTime() {
	timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return 1e9 * t.tv_sec + t.tv_nsec;
}

// The generator of the Go side, so that both solve the same poses from the same seeds.
struct Generator {
	uint64_t state;
	double uniform(double lo, double hi) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		return lo + (hi - lo) * double(state >> 11) / double(1ull << 53);
	}
};

struct Machine {
	int n;
	Chain chain;
	std::vector<double> lo, hi;

	explicit Machine(std::istream &in) {
		in >> n;
		std::vector<double> a(n), alpha(n), d(n);
		std::vector<RigidBodyInertia> body(n);
		std::vector<double> mass(n);
		std::vector<Vector> centre(n);
		std::vector<RotationalInertia> inertia(n);
		lo.resize(n), hi.resize(n);
		for (int i = 0; i < n; i++) {
			double c[3], m[6];
			in >> a[i] >> alpha[i] >> d[i] >> lo[i] >> hi[i] >> mass[i];
			for (double &x : c) in >> x;
			for (double &x : m) in >> x;
			centre[i] = Vector(c[0], c[1], c[2]);
			inertia[i] = RotationalInertia(m[0], m[1], m[2], m[3], m[4], m[5]);
		}
		double x, y, z;
		in >> x >> y >> z;
		for (int i = 0; i < n; i++) {
			Frame tip = Frame::DH(a[i], alpha[i], d[i], 0);
			if (i + 1 == n) {
				tip = tip * Frame(Vector(x, y, z));
				centre[i] = centre[i] - Vector(x, y, z);
			}
			chain.addSegment(Segment(Joint(Joint::RotZ), tip, RigidBodyInertia(mass[i], centre[i], inertia[i])));
		}
	}
};

// Bench holds what the solvers need, so that no call allocates what it can keep.
struct Bench {
	const Machine &m;
	ChainFkSolverPos_recursive fk;
	ChainJntToJacSolver jac;
	ChainIdSolver_RNE id;
	ChainFdSolver_RNE fd;
	ChainDynParam dyn;
	JntArray q, qd, qdd, tau, acc;
	Jacobian j;
	JntSpaceInertiaMatrix mass;
	Eigen::LDLT<Eigen::MatrixXd> ldlt;
	Eigen::VectorXd x;
	Wrenches none;
	Frame f;
	Eigen::Matrix<double, 6, 6> a;
	Eigen::Matrix<double, 6, 1> b, y;

	explicit Bench(const Machine &machine)
	    : m(machine), fk(m.chain), jac(m.chain), id(m.chain, Vector(0, 0, -9.81)), fd(m.chain, Vector(0, 0, -9.81)),
	      dyn(m.chain, Vector(0, 0, -9.81)), q(m.n), qd(m.n), qdd(m.n), tau(m.n), acc(m.n), j(m.n), mass(m.n), ldlt(m.n), x(m.n),
	      none(m.chain.getNrOfSegments(), Wrench::Zero()) {
		for (int i = 0; i < m.n; i++) q(i) = 0.3 + 0.2 * i, qd(i) = 0.2, qdd(i) = 0.1, tau(i) = 0.5;
		Generator g{1};
		for (int r = 0; r < 6; r++)
			for (int c = 0; c < 6; c++) a(r, c) = g.uniform(-1, 1);
		a = a * a.transpose() + 0.1 * Eigen::Matrix<double, 6, 6>::Identity();
		b << 1, 2, 3, 4, 5, 6;
	}

	void solveMass() {
		dyn.JntToMass(q, mass);
		ldlt.compute(mass.data);
		x = ldlt.solve(tau.data);
	}

	// How long each of so many takes; -1 for what is not known.
	double time(const std::string &what, int count) {
		q(0) = 0.3;
		b(0) = 1;
		double begin = processorTime();
		if (what == "forward")
			for (int i = 0; i < count; i++) q(0) += 1e-6, fk.JntToCart(q, f);
		else if (what == "jacobian")
			for (int i = 0; i < count; i++) q(0) += 1e-6, jac.JntToJac(q, j);
		else if (what == "torques")
			for (int i = 0; i < count; i++) q(0) += 1e-6, id.CartToJnt(q, qd, qdd, none, acc);
		else if (what == "solve-mass")
			for (int i = 0; i < count; i++) q(0) += 1e-6, solveMass();
		else if (what == "accelerations")
			for (int i = 0; i < count; i++) q(0) += 1e-6, fd.CartToJnt(q, qd, tau, none, acc);
		else if (what == "ldlt")
			for (int i = 0; i < count; i++) {
				y = a.ldlt().solve(b);
				b(0) += 1e-9 * y(0);
			}
		else
			return -1;
		return (processorTime() - begin) / count;
	}

	void values(std::istream &in, std::ostream &out) {
		for (JntArray *v : {&q, &qd, &qdd})
			for (int i = 0; i < m.n; i++) in >> (*v)(i);
		fk.JntToCart(q, f);
		for (int i = 0; i < 3; i++) out << f.p(i) << ' ';
		for (int i = 0; i < 9; i++) out << f.M(i / 3, i % 3) << ' ';
		jac.JntToJac(q, j);
		for (int i = 0; i < m.n; i++)
			for (int r = 0; r < 6; r++) out << j(r, i) << ' ';
		JntArray t(m.n);
		id.CartToJnt(q, qd, qdd, none, t);
		for (int i = 0; i < m.n; i++) out << t(i) << ' ';
		solveMass();
		for (int i = 0; i < m.n; i++) out << x(i) << ' ';
		fd.CartToJnt(q, qd, t, none, acc);
		for (int i = 0; i < m.n; i++) out << acc(i) << ' ';
	}

	void inverse(double spread, int restarts, int poses, double tolerance, std::ostream &out) {
		Eigen::Matrix<double, 6, 1> weights = Eigen::Matrix<double, 6, 1>::Ones();
		ChainIkSolverPos_LMA ik(m.chain, weights, tolerance, 100);
		Generator g{1}, again{2};
		JntArray q(m.n), seed(m.n), got(m.n);
		int met = 0;
		std::ostringstream times;
		for (int k = 0; k < poses; k++) {
			for (int i = 0; i < m.n; i++) q(i) = g.uniform(m.lo[i], m.hi[i]);
			for (int i = 0; i < m.n; i++)
				seed(i) = spread > 0 ? std::min(std::max(q(i) + g.uniform(-spread, spread), m.lo[i]), m.hi[i]) : g.uniform(m.lo[i], m.hi[i]);
			fk.JntToCart(q, f);
			auto begin = std::chrono::steady_clock::now();
			int e = ik.CartToJnt(seed, f, got);
			for (int r = 0; e < 0 && r < restarts; r++) {
				for (int i = 0; i < m.n; i++) seed(i) = again.uniform(m.lo[i], m.hi[i]);
				e = ik.CartToJnt(seed, f, got);
			}
			times << ' ' << std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
			Frame there;
			fk.JntToCart(got, there);
			if (e >= 0 && (there.p - f.p).Norm() <= tolerance * (1 + 1e-3)) met++;
		}
		out << met << times.str();
	}
};

int main() {
	std::cout << std::setprecision(17);
	Machine m(std::cin);
	Bench b(m);
	std::string line;
	std::getline(std::cin, line);
	while (std::getline(std::cin, line)) {
		std::istringstream in(line);
		std::string what;
		in >> what;
		if (what == "version") {
			std::cout << "KDL " << KDL_VERSION_STRING << ", Eigen " << EIGEN_WORLD_VERSION << '.' << EIGEN_MAJOR_VERSION << '.' << EIGEN_MINOR_VERSION;
		} else if (what == "values") {
			b.values(in, std::cout);
		} else if (what == "time") {
			int count = 0;
			in >> what >> count;
			std::cout << b.time(what, count);
		} else if (what == "inverse") {
			double spread = 0, tolerance = 0;
			int restarts = 0, poses = 0;
			in >> spread >> restarts >> poses >> tolerance;
			b.inverse(spread, restarts, poses, tolerance, std::cout);
		} else {
			return 2;
		}
		std::cout << std::endl;
	}
}
