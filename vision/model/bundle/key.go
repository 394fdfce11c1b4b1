package bundle

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
)

// Fingerprint names a public key: the first half of the SHA-256 of its 32 bytes.
type Fingerprint [16]byte

// FingerprintOf is the name of a key.
func FingerprintOf(key ed25519.PublicKey) (f Fingerprint) {
	sum := sha256.Sum256(key)
	copy(f[:], sum[:])
	return f
}

func (f Fingerprint) String() string { return hex.EncodeToString(f[:]) }

// MarshalText writes the digits.
func (f Fingerprint) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads the digits, all of them.
func (f *Fingerprint) UnmarshalText(text []byte) error {
	if len(text) != 2*len(f) {
		return fmt.Errorf("%q is no fingerprint; 32 hexadecimal digits are wanted", text)
	}
	if _, err := hex.Decode(f[:], text); err != nil {
		return fmt.Errorf("%q is no fingerprint; 32 hexadecimal digits are wanted", text)
	}
	return nil
}

// NewKey makes a key pair as PEM files, with openssl's own formats. random must be such
// that nobody guesses it, as crypto/rand's Reader.
func NewKey(random io.Reader) (private, public []byte, f Fingerprint, err error) {
	var seed [ed25519.SeedSize]byte
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return nil, nil, f, err
	}
	key := ed25519.NewKeyFromSeed(seed[:])
	pub := key.Public().(ed25519.PublicKey)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, f, err
	}
	public, err = publicPEM(pub)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), public, FingerprintOf(pub), err
}

func publicPEM(key ed25519.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// ParsePrivateKey reads an Ed25519 key from a PEM file.
func ParsePrivateKey(file []byte) (ed25519.PrivateKey, error) {
	block, _ := pem.Decode(file)
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, errors.New("not a private key in PEM form; linetwin model keygen makes one")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("not a private key: %w", err)
	}
	if k, ok := key.(ed25519.PrivateKey); ok {
		return k, nil
	}
	return nil, fmt.Errorf("a key of another kind (%T); Ed25519 is wanted", key)
}

// ParsePublicKey reads an Ed25519 key from a PEM file.
func ParsePublicKey(file []byte) (ed25519.PublicKey, error) {
	block, _ := pem.Decode(file)
	if block == nil || block.Type != "PUBLIC KEY" {
		return nil, errors.New("not a public key in PEM form")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("not a public key: %w", err)
	}
	if k, ok := key.(ed25519.PublicKey); ok {
		return k, nil
	}
	return nil, fmt.Errorf("a key of another kind (%T); Ed25519 is wanted", key)
}
