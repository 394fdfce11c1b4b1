package opcua

import (
	"slices"
	"time"

	"github.com/gopcua/opcua/ua"
)

// createItems answers a CreateMonitoredItems (Part 4, 5.13.2).
func (s *Server) createItems(x *exchange, req *ua.CreateMonitoredItemsRequest) (ua.Response, ua.StatusCode) {
	resp := new(ua.CreateMonitoredItemsResponse)
	status := s.withItems(x, req.SubscriptionID, len(req.ItemsToCreate), req.TimestampsToReturn, func(sub *subscription) {
		for _, r := range req.ItemsToCreate {
			result := &ua.MonitoredItemCreateResult{FilterResult: ua.NewExtensionObject(nil)}
			it, status := sub.create(r, req.TimestampsToReturn, x.now)
			if result.StatusCode = status; status == ua.StatusOK {
				result.MonitoredItemID = it.id
				result.RevisedSamplingInterval, result.RevisedQueueSize = inMilliseconds(it.interval), uint32(it.size)
			}
			resp.Results = append(resp.Results, result)
		}
	})
	return resp, status
}

// withItems calls do with the subscription that a request about n items names, while it
// is locked; unless the request asks for too much, or for what there is not.
func (s *Server) withItems(x *exchange, id uint32, n int, want ua.TimestampsToReturn, do func(*subscription)) ua.StatusCode {
	if status := s.several(n); status != ua.StatusOK {
		return status
	}
	if want > ua.TimestampsToReturnNeither {
		return ua.StatusBadTimestampsToReturnInvalid
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sub, status := s.subscription(x, id)
	if status == ua.StatusOK {
		do(sub)
	}
	return status
}

// create adds an item, and takes its first value.
func (sub *subscription) create(r *ua.MonitoredItemCreateRequest, want ua.TimestampsToReturn, now time.Time) (*item, ua.StatusCode) {
	s := sub.server
	n, grant := s.space.find(r.ItemToMonitor.NodeID), sub.session.grant.Load()
	switch {
	case n == nil:
		return nil, ua.StatusBadNodeIDUnknown
	case len(sub.items) >= s.limits.Items:
		return nil, ua.StatusBadTooManyMonitoredItems
	case r.MonitoringMode > ua.MonitoringModeReporting:
		return nil, ua.StatusBadMonitoringModeInvalid
	case r.ItemToMonitor.AttributeID == ua.AttributeIDEventNotifier:
		return nil, ua.StatusBadNotSupported
	}
	if v := s.attribute(n, r.ItemToMonitor, want, grant, now); v != nil && v.Status != ua.StatusOK {
		return nil, v.Status
	}
	it := &item{node: n, what: r.ItemToMonitor, want: want, mode: r.MonitoringMode, next: now, grant: grant}
	if status := sub.configure(it, r.RequestedParameters); status != ua.StatusOK {
		return nil, status
	}
	sub.lastItem++
	it.id = sub.lastItem
	sub.items = append(sub.items, it)
	it.look(s, grant, now)
	return it, ua.StatusOK
}

// configure gives an item its parameters, as far as they can be had.
func (sub *subscription) configure(it *item, p *ua.MonitoringParameters) ua.StatusCode {
	s := sub.server
	if status := it.setFilter(p.Filter); status != ua.StatusOK {
		return status
	}
	it.handle, it.discardOldest = p.ClientHandle, p.DiscardOldest
	it.interval = milliseconds(p.SamplingInterval, s.limits.Sampling, slowest)
	if p.SamplingInterval < 0 {
		it.interval = max(sub.interval, s.limits.Sampling)
	}
	size := int(min(max(p.QueueSize, 1), uint32(s.limits.Queue)))
	if sub.session.queued-it.size+size > s.limits.Queued {
		size = 1
	}
	sub.session.queued += size - it.size
	it.size = size
	if n := len(it.queue); n > size && it.discardOldest {
		it.queue = append(it.queue[:0], it.queue[n-size:]...)
	} else if n > size {
		it.queue = it.queue[:size]
	}
	return ua.StatusOK
}

// modifyItems answers a ModifyMonitoredItems (Part 4, 5.13.3).
func (s *Server) modifyItems(x *exchange, req *ua.ModifyMonitoredItemsRequest) (ua.Response, ua.StatusCode) {
	resp := new(ua.ModifyMonitoredItemsResponse)
	status := s.withItems(x, req.SubscriptionID, len(req.ItemsToModify), req.TimestampsToReturn, func(sub *subscription) {
		for _, r := range req.ItemsToModify {
			result := &ua.MonitoredItemModifyResult{FilterResult: ua.NewExtensionObject(nil)}
			if it := sub.item(r.MonitoredItemID); it == nil {
				result.StatusCode = ua.StatusBadMonitoredItemIDInvalid
			} else if result.StatusCode = sub.configure(it, r.RequestedParameters); result.StatusCode == ua.StatusOK {
				it.want = req.TimestampsToReturn
				result.RevisedSamplingInterval, result.RevisedQueueSize = inMilliseconds(it.interval), uint32(it.size)
			}
			resp.Results = append(resp.Results, result)
		}
	})
	return resp, status
}

// setMonitoringMode answers a SetMonitoringMode (Part 4, 5.13.4).
func (s *Server) setMonitoringMode(x *exchange, req *ua.SetMonitoringModeRequest) (ua.Response, ua.StatusCode) {
	if req.MonitoringMode > ua.MonitoringModeReporting {
		return nil, ua.StatusBadMonitoringModeInvalid
	}
	results, status := s.eachItem(x, req.SubscriptionID, req.MonitoredItemIDs, func(_ *subscription, it *item) {
		if it.mode == ua.MonitoringModeDisabled {
			it.known, it.next = false, x.now
		}
		if it.mode = req.MonitoringMode; it.mode == ua.MonitoringModeDisabled {
			it.queue = nil
		}
	})
	return &ua.SetMonitoringModeResponse{Results: results}, status
}

// deleteItems answers a DeleteMonitoredItems (Part 4, 5.13.6).
func (s *Server) deleteItems(x *exchange, req *ua.DeleteMonitoredItemsRequest) (ua.Response, ua.StatusCode) {
	results, status := s.eachItem(x, req.SubscriptionID, req.MonitoredItemIDs, func(sub *subscription, it *item) {
		sub.session.queued -= it.size
		sub.items = slices.DeleteFunc(sub.items, func(o *item) bool { return o == it })
	})
	return &ua.DeleteMonitoredItemsResponse{Results: results}, status
}

// eachItem does something with each item named.
func (s *Server) eachItem(x *exchange, id uint32, ids []uint32, do func(*subscription, *item)) (results []ua.StatusCode, status ua.StatusCode) {
	status = s.withItems(x, id, len(ids), ua.TimestampsToReturnNeither, func(sub *subscription) {
		results = make([]ua.StatusCode, len(ids))
		for i, id := range ids {
			if it := sub.item(id); it != nil {
				do(sub, it)
			} else {
				results[i] = ua.StatusBadMonitoredItemIDInvalid
			}
		}
	})
	return results, status
}

// item finds one by its number; they are in order.
func (sub *subscription) item(id uint32) *item {
	i, ok := slices.BinarySearchFunc(sub.items, id, func(it *item, id uint32) int { return int(int64(it.id) - int64(id)) })
	if !ok {
		return nil
	}
	return sub.items[i]
}

func inMilliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
