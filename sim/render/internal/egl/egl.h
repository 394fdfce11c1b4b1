#include <EGL/egl.h>
#define GL_GLEXT_PROTOTYPES
#include <GL/glcorearb.h>

typedef struct {
	EGLDisplay display;
	EGLContext context;
	int w, h;
	GLuint program, frame, color, depth, z;
	GLint camera, rotation, normal, shift, lamp, light, uv, paint, textured;
} peer;

typedef struct {
	float r[9], n[9], t[3], lamp[3], uv[2], ambient, power;
} pose;

const char *peer_open(peer *p, int w, int h);
void peer_close(peer *p);
const char *peer_name(void);
GLuint peer_mesh(const float *v, int n, const unsigned *index, int count);
GLuint peer_texture(int w, int h, const void *rgb, int repeat);
void peer_begin(peer *p, float fx, float fy, float cx, float cy);
void peer_draw(peer *p, const pose *q, GLuint mesh, int first, int count, GLuint texture, float r, float g, float b);
void peer_read(peer *p, void *rgb, void *depth);
