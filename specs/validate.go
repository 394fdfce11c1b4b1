package specs

func validate(s *Scenario, ix *index, p *problems, dir string) {}
