package realtime_test

const partVariable = "LINETWIN_REALTIME_TEST_PART"

func play(string) {}
