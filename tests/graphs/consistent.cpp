#include "tests/graphs/consistent.hpp"

#include "tests/graphs/vocabulary.hpp"

namespace tenterhook::graphs {
namespace {

bool at_least_acquire(const event& e) {
  return e.order == acquire || e.order == acq_rel || e.order == seq_cst;
}

bool at_least_release(const event& e) {
  return e.order == release || e.order == acq_rel || e.order == seq_cst;
}

}  // namespace

bool consistent_sc(const candidate& c) {
  const vocabulary v(c);
  return (c.po | c.rf | c.co | v.fr).acyclic() && atomic(c, v);
}

bool consistent_tso(const candidate& c) {
  const vocabulary v(c);
  const relation com = c.rf | c.co | v.fr;
  if (!((c.po & v.loc) | com).acyclic() || !atomic(c, v)) return false;

  const relation M = v.R | v.W;
  const relation mfence =
      v.on([](const event& e) { return e.kind == event_kind::fence && e.order == seq_cst; });
  const relation locked = v.on([](const event& e) {
    return e.exclusive || (e.kind == event_kind::write && e.order == seq_cst);
  });
  const relation ppo = (v.R * c.po * M) | (v.W * c.po * v.W);
  const relation fenced = M * c.po * mfence * c.po * M;
  const relation implied = (v.W * c.po * (locked & v.R)) | ((locked & v.W) * c.po * v.R);
  const relation rfe = c.rf & v.ext;
  return (ppo | fenced | implied | rfe | c.co | v.fr).acyclic();
}

namespace {

bool rc11(const candidate& c, bool c11_release_sequences) {
  const vocabulary v(c);
  relation sb = c.po;  // after the initial writes
  for (std::size_t a = 0; a < c.locations; ++a) {
    for (std::size_t b = c.locations; b < v.size(); ++b) sb.add(a, b);
  }
  const relation& mo = c.co;
  const relation& rb = v.fr;
  const relation rel = v.on(at_least_release);
  const relation acq = v.on(at_least_acquire);
  const relation sb_loc = sb & v.loc;

  const relation A = v.on([](const event& e) { return !e.plain; });
  const relation own = (c11_release_sequences ? v.W * sb_loc.maybe() * v.W : v.W) * A;
  const relation rs = own * (c.rf * c.rmw).star();
  const relation sw = rel * (v.F * sb).maybe() * rs * c.rf * v.R * A * (sb * v.F).maybe() * acq;
  const relation hb = (sb | sw).plus();
  const relation eco = (c.rf | mo | rb).plus();
  if (!(hb * eco.maybe()).irreflexive()) return false;  // COHERENCE
  if (!(c.rmw & (rb * mo)).empty()) return false;       // ATOMICITY

  const relation sc = v.on([](const event& e) { return e.order == seq_cst; });
  const relation sc_fence = sc & v.F;
  const relation sb_other = sb - sb_loc;
  const relation scb = sb | (sb_other * hb * sb_other) | (hb & v.loc) | mo | rb;
  const relation psc_base = (sc | (sc_fence * hb.maybe())) * scb * (sc | (hb.maybe() * sc_fence));
  const relation psc_fence = sc_fence * (hb | (hb * eco * hb)) * sc_fence;
  if (!(psc_base | psc_fence).acyclic()) return false;  // SC
  return (sb | c.rf).acyclic();                         // NO-THIN-AIR
}

}  // namespace

bool consistent_rc11_2017(const candidate& c) { return rc11(c, true); }

bool consistent_rc11(const candidate& c) { return rc11(c, false); }

}  // namespace tenterhook::graphs
