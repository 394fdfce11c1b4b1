//go:build cgo

package main

const hasOpenCV = true
