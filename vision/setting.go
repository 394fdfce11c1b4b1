package vision

// SettingError is an error of NewInspector that one setting of the station is to blame for.
type SettingError struct {
	// Field is the path of the setting in the station's specification, as in templates, logo,
	// file. ArtworkField stands for the artwork of the product's label.
	Field []string
	Err   error
}

// ArtworkField is the field of a SettingError about the artwork.
const ArtworkField = "artwork"

func (e *SettingError) Error() string { return e.Err.Error() }

func (e *SettingError) Unwrap() error { return e.Err }

// settingError blames an error on a setting.
func settingError(err error, field ...string) error {
	if err == nil {
		return nil
	}
	return &SettingError{field, err}
}
