// Package bundle ships models: a signed container, a QR code as the second factor that is
// handed over by another way, and the folder in which models are installed.
// README.md has the formats.
//
// The main type is [Store]. A model goes in whole or not at all, whatever happens
// meanwhile, and the version before it is kept:
//
//	code, err := bundle.ReadQR(photo)
//	if err != nil {
//		return err
//	}
//	store := bundle.Store{Dir: dir}
//	model, err := store.Install(file, code, bundle.InstallOptions{Now: time.Now()})
//	if err != nil {
//		return err // which of signature, digest and code is wrong
//	}
//	fmt.Println(model.Name, model.Version)
//
// The container is a tar file (POSIX.1-1988 ustar) of which every entry is known in advance
// from its first, the manifest; signatures are Ed25519 (RFC 8032), digests SHA-256 (FIPS
// 180-4), keys PEM files of PKCS #8 and SubjectPublicKeyInfo (RFC 8410).
//
// Nothing here reads a clock or draws random numbers: time and randomness are arguments.
package bundle
