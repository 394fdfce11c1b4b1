//go:build egl && cgo

#include "egl.h"
#include <EGL/eglext.h>
#include <stddef.h>

static const char *vertex =
	"#version 330 core\n"
	"layout(location=0) in vec3 at; layout(location=1) in vec3 nrm; layout(location=2) in vec2 tex;\n"
	"uniform vec4 camera; uniform mat3 rotation, normal; uniform vec3 shift, lamp; uniform vec2 light, uv;\n"
	"out float z; out float lit; out vec2 st;\n"
	"void main() { vec3 p = rotation * at + shift; vec3 n = normal * nrm; z = p.z;\n"
	"lit = light.x * (0.8 + 0.2 * n.z) + light.y * max(0.0, dot(n, lamp)); st = tex + uv;\n"
	"const float near = 0.01, far = 20.0;\n"
	"gl_Position = vec4(camera.x * p.x + camera.z * p.z, camera.y * p.y + camera.w * p.z,\n"
	"((far + near) * p.z - 2.0 * far * near) / (far - near), p.z); }\n";

static const char *fragment =
	"#version 330 core\n"
	"in float z; in float lit; in vec2 st; uniform vec3 paint; uniform bool textured; uniform sampler2D image;\n"
	"layout(location=0) out vec4 color; layout(location=1) out float depth;\n"
	"void main() { vec3 c = textured ? texture(image, st).rgb : paint; color = vec4(c * lit, 1.0); depth = z * 1000.0; }\n";

static GLuint shader(GLenum kind, const char *text, GLint *ok) {
	GLuint s = glCreateShader(kind);
	glShaderSource(s, 1, &text, NULL);
	glCompileShader(s);
	glGetShaderiv(s, GL_COMPILE_STATUS, ok);
	return s;
}

static GLuint buffer(GLenum format, int w, int h) {
	GLuint b;
	glGenRenderbuffers(1, &b);
	glBindRenderbuffer(GL_RENDERBUFFER, b);
	glRenderbufferStorage(GL_RENDERBUFFER, format, w, h);
	return b;
}

const char *peer_open(peer *p, int w, int h) {
	p->w = w;
	p->h = h;
	p->display = eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);
	if (p->display == EGL_NO_DISPLAY || !eglInitialize(p->display, NULL, NULL)) return "no surfaceless display";
	if (!eglBindAPI(EGL_OPENGL_API)) return "no desktop OpenGL";
	EGLint want[] = {EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION, 3, EGL_NONE};
	p->context = eglCreateContext(p->display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, want);
	if (p->context == EGL_NO_CONTEXT) return "no context for OpenGL 3.3";
	if (!eglMakeCurrent(p->display, EGL_NO_SURFACE, EGL_NO_SURFACE, p->context)) return "context cannot be used without a surface";
	GLint ok1, ok2, ok3;
	p->program = glCreateProgram();
	glAttachShader(p->program, shader(GL_VERTEX_SHADER, vertex, &ok1));
	glAttachShader(p->program, shader(GL_FRAGMENT_SHADER, fragment, &ok2));
	glLinkProgram(p->program);
	glGetProgramiv(p->program, GL_LINK_STATUS, &ok3);
	if (!ok1 || !ok2 || !ok3) return "shaders do not compile";
	glUseProgram(p->program);
#define WHERE(name) p->name = glGetUniformLocation(p->program, #name)
	WHERE(camera); WHERE(rotation); WHERE(normal); WHERE(shift); WHERE(lamp); WHERE(light); WHERE(uv); WHERE(paint); WHERE(textured);
	glGenFramebuffers(1, &p->frame);
	glBindFramebuffer(GL_FRAMEBUFFER, p->frame);
	p->color = buffer(GL_RGBA8, w, h);
	p->z = buffer(GL_R32F, w, h);
	p->depth = buffer(GL_DEPTH_COMPONENT24, w, h);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, p->color);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT1, GL_RENDERBUFFER, p->z);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_DEPTH_ATTACHMENT, GL_RENDERBUFFER, p->depth);
	GLenum both[] = {GL_COLOR_ATTACHMENT0, GL_COLOR_ATTACHMENT1};
	glDrawBuffers(2, both);
	if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE) return "framebuffer is not complete";
	glEnable(GL_DEPTH_TEST);
	glEnable(GL_CULL_FACE);
	glFrontFace(GL_CW); // y is down
	glPixelStorei(GL_PACK_ALIGNMENT, 1);
	glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
	return NULL;
}

void peer_close(peer *p) {
	eglMakeCurrent(p->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	eglDestroyContext(p->display, p->context);
	eglTerminate(p->display);
}

const char *peer_name(void) { return (const char *)glGetString(GL_RENDERER); }

GLuint peer_mesh(const float *v, int n, const unsigned *index, int count) {
	GLuint array, buffers[2];
	glGenVertexArrays(1, &array);
	glBindVertexArray(array);
	glGenBuffers(2, buffers);
	glBindBuffer(GL_ARRAY_BUFFER, buffers[0]);
	glBufferData(GL_ARRAY_BUFFER, n * sizeof(float), v, GL_STATIC_DRAW);
	glBindBuffer(GL_ELEMENT_ARRAY_BUFFER, buffers[1]);
	glBufferData(GL_ELEMENT_ARRAY_BUFFER, count * sizeof(unsigned), index, GL_STATIC_DRAW);
	static const int size[] = {3, 3, 2}, from[] = {0, 3, 6};
	for (int i = 0; i < 3; i++) {
		glEnableVertexAttribArray(i);
		glVertexAttribPointer(i, size[i], GL_FLOAT, GL_FALSE, 8 * sizeof(float), (void *)(from[i] * sizeof(float)));
	}
	return array;
}

GLuint peer_texture(int w, int h, const void *rgb, int repeat) {
	GLuint t;
	glGenTextures(1, &t);
	glBindTexture(GL_TEXTURE_2D, t);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGB8, w, h, 0, GL_RGB, GL_UNSIGNED_BYTE, rgb);
	glGenerateMipmap(GL_TEXTURE_2D);
	GLint wrap = repeat ? GL_REPEAT : GL_CLAMP_TO_EDGE;
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, wrap);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, wrap);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, repeat ? GL_LINEAR_MIPMAP_NEAREST : GL_LINEAR_MIPMAP_LINEAR);
	return t;
}

void peer_begin(peer *p, float fx, float fy, float cx, float cy) {
	glViewport(0, 0, p->w, p->h);
	float sky[] = {0.59f, 0.61f, 0.63f, 1}, none[] = {0, 0, 0, 0};
	glClearBufferfv(GL_COLOR, 0, sky);
	glClearBufferfv(GL_COLOR, 1, none);
	float one = 1;
	glClearBufferfv(GL_DEPTH, 0, &one);
	// Pixel (0, 0) has its centre at half a pixel from the border; row 0 comes first.
	glUniform4f(p->camera, 2 * fx / p->w, 2 * fy / p->h, (2 * cx + 1) / p->w - 1, (2 * cy + 1) / p->h - 1);
}

void peer_draw(peer *p, const pose *q, GLuint mesh, int first, int count, GLuint texture, float r, float g, float b) {
	glUniformMatrix3fv(p->rotation, 1, GL_TRUE, q->r);
	glUniformMatrix3fv(p->normal, 1, GL_TRUE, q->n);
	glUniform3fv(p->shift, 1, q->t);
	glUniform3fv(p->lamp, 1, q->lamp);
	glUniform2f(p->light, q->ambient, q->power);
	glUniform2fv(p->uv, 1, q->uv);
	glUniform3f(p->paint, r, g, b);
	glUniform1i(p->textured, texture != 0);
	if (texture) glBindTexture(GL_TEXTURE_2D, texture);
	glBindVertexArray(mesh);
	glDrawElements(GL_TRIANGLES, count, GL_UNSIGNED_INT, (void *)(first * sizeof(unsigned)));
}

void peer_read(peer *p, void *rgb, void *depth) {
	glReadBuffer(GL_COLOR_ATTACHMENT0);
	glReadPixels(0, 0, p->w, p->h, GL_RGB, GL_UNSIGNED_BYTE, rgb);
	if (depth) {
		glReadBuffer(GL_COLOR_ATTACHMENT1);
		glReadPixels(0, 0, p->w, p->h, GL_RED, GL_FLOAT, depth);
	}
}
