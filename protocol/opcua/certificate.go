package opcua

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gopcua/opcua/ua"
)

// certificates is the folder of them.
type certificates struct {
	folder string
	own    *x509.Certificate
	key    *rsa.PrivateKey
	// uri is the application's, as the certificate has it.
	uri string

	mu sync.Mutex // one writer in rejected/
}

const (
	ownFile = "own/certificate.der"
	keyFile = "own/key.pem"
	// validYears of a certificate that is made here. Clients trust it by itself, so that
	// a short life would only stop the plant on the day when it ends.
	validYears = 20
	// mostRejected and mostTrusted bound the files; the largest has mostBytes.
	mostRejected = 100
	mostTrusted  = 1000
	mostBytes    = 64 << 10
	// keyBits of Basic256Sha256.
	leastKeyBits, mostKeyBits = 2048, 4096
)

// openCertificates reads the folder, and makes what is not there.
func openCertificates(folder, uri, name, host string, now time.Time) (*certificates, error) {
	c := &certificates{folder: folder}
	for _, sub := range []string{"own", "trusted", "rejected"} {
		if err := os.MkdirAll(filepath.Join(folder, sub), 0o750); err != nil {
			return nil, err
		}
	}
	_, err := os.Stat(filepath.Join(folder, ownFile))
	if errors.Is(err, fs.ErrNotExist) {
		if uri == "" {
			uri = "urn:" + uriPart(host) + ":" + uriPart(name)
		}
		err = c.create(uri, name, host, now)
	}
	if err == nil {
		err = c.load(now)
	}
	if err != nil {
		return nil, err
	}
	if uri != "" && uri != c.uri {
		return nil, fmt.Errorf("%s is for the application %s, not %s; set ApplicationURI to the first, or remove own/ to have a new one made, which clients must then trust",
			filepath.Join(folder, ownFile), c.uri, uri)
	}
	return c, nil
}

// uriPart keeps of a name what a URN may have.
func uriPart(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, s)
}

func (c *certificates) create(uri, name, host string, now time.Time) error {
	u, err := url.Parse(uri)
	if err != nil {
		return fmt.Errorf("the application's URI %q: %w", uri, err)
	}
	key, err := rsa.GenerateKey(rand.Reader, leastKeyBits)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	t := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.AddDate(validYears, 0, 0),
		URIs:         []*url.URL{u},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment | x509.KeyUsageKeyEncipherment |
			x509.KeyUsageDataEncipherment | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
		SignatureAlgorithm:    x509.SHA256WithRSA,
	}
	if ip := net.ParseIP(host); ip != nil {
		t.IPAddresses = []net.IP{ip}
	} else {
		t.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	// The certificate comes last: a folder with one has a key.
	block := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	if err := os.WriteFile(filepath.Join(c.folder, keyFile), block, 0o600); err != nil {
		return err
	}
	return writeWhole(filepath.Join(c.folder, ownFile), der, 0o644)
}

// writeWhole writes a file that is there as a whole or not at all.
func writeWhole(path string, data []byte, mode fs.FileMode) error {
	if err := os.WriteFile(path+".new", data, mode); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func (c *certificates) load(now time.Time) error {
	path := filepath.Join(c.folder, ownFile)
	der, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if c.own, err = parseCertificate(der); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	keyPath := filepath.Join(c.folder, keyFile)
	data, err := os.ReadFile(keyPath)
	if err != nil {
		return err
	}
	if c.key, err = parseKey(data); err != nil {
		return fmt.Errorf("%s: %w", keyPath, err)
	}
	switch {
	case !c.key.PublicKey.Equal(c.own.PublicKey):
		return fmt.Errorf("%s is not the key of %s", keyPath, path)
	case len(c.own.URIs) != 1:
		return fmt.Errorf("%s names %d application URIs; OPC UA needs exactly one", path, len(c.own.URIs))
	}
	if err := usable(c.own, now); err != nil {
		return fmt.Errorf("%s: %w; remove own/ to have a new one made, which clients must then trust", path, err)
	}
	c.uri = c.own.URIs[0].String()
	return nil
}

func parseKey(data []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("not a PEM file")
	}
	if block.Type == "RSA PRIVATE KEY" {
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	if k, ok := key.(*rsa.PrivateKey); ok {
		return k, nil
	}
	return nil, errors.New("not an RSA key; Basic256Sha256 needs one")
}

// parseCertificate reads DER or PEM. Of a chain it takes the first, which is the
// application's own.
func parseCertificate(data []byte) (*x509.Certificate, error) {
	if block, _ := pem.Decode(data); block != nil {
		data = block.Bytes
	}
	chain, err := x509.ParseCertificates(data)
	if err != nil {
		return nil, err
	}
	if len(chain) == 0 {
		return nil, errors.New("no certificate in it")
	}
	return chain[0], nil
}

// usable says why a certificate cannot be used now, whoever has it.
func usable(c *x509.Certificate, now time.Time) error {
	key, ok := publicKey(c)
	switch {
	case !ok:
		return errors.New("its key is not an RSA key, which Basic256Sha256 needs")
	case key.N.BitLen() < leastKeyBits || key.N.BitLen() > mostKeyBits:
		return fmt.Errorf("its key has %d bits; Basic256Sha256 needs %d to %d", key.N.BitLen(), leastKeyBits, mostKeyBits)
	case now.Before(c.NotBefore):
		return fmt.Errorf("it is valid only from %s; is the clock right?", c.NotBefore.Format(time.DateOnly))
	case now.After(c.NotAfter):
		return fmt.Errorf("it was valid until %s", c.NotAfter.Format(time.DateOnly))
	}
	return nil
}

func publicKey(c *x509.Certificate) (*rsa.PublicKey, bool) {
	key, ok := c.PublicKey.(*rsa.PublicKey)
	return key, ok
}

// trusts reports whether the certificate is in trusted/. The folder is read each time, so
// that what is put there counts at once.
func (c *certificates) trusts(cert *x509.Certificate) (bool, error) {
	dir := filepath.Join(c.folder, "trusted")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false, err
	}
	if len(entries) > mostTrusted {
		return false, fmt.Errorf("%s has %d files, more than %d", dir, len(entries), mostTrusted)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || info.Size() > mostBytes {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return false, err
		}
		if known, err := parseCertificate(data); err == nil && bytes.Equal(known.Raw, cert.Raw) {
			return true, nil
		}
	}
	return false, nil
}

// reject puts the certificate of a client that is not trusted where somebody can look at
// it, and says where. Nothing is written once the folder is full.
func (c *certificates) reject(cert *x509.Certificate) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := uriPart(cert.Subject.CommonName)
	if len(name) > 60 {
		name = name[:60]
	}
	path := filepath.Join(c.folder, "rejected", name+"-"+Thumbprint(cert)+".der")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	if len(entries) >= mostRejected || len(cert.Raw) > mostBytes {
		return "", fmt.Errorf("%s is full with %d files; look through them and remove them", filepath.Dir(path), len(entries))
	}
	return path, writeWhole(path, cert.Raw, 0o644)
}

// applicationURI reports whether a certificate is that of the application.
func applicationURI(cert *x509.Certificate, uri string) bool {
	for _, u := range cert.URIs {
		if u.String() == uri {
			return true
		}
	}
	return false
}

const (
	policyNone  = ua.SecurityPolicyURINone
	policyBasic = ua.SecurityPolicyURIBasic256Sha256
)
