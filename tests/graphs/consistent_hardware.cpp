#include "tests/graphs/consistent.hpp"
#include "tests/graphs/vocabulary.hpp"

namespace tenterhook::graphs {
namespace {

// What differs between POWER and ARM.
struct architecture {
  relation cc0;     // what holds of the commits of two accesses already
  relation strong;  // pairs of accesses with such a barrier between
  relation light;
};

class hardware : public vocabulary {
 public:
  explicit hardware(const candidate& c) : vocabulary(c), c_(c) {
    M = R | W;
    po_loc = c.po & loc;
    rfe = c.rf & ext;
    fre = fr & ext;
    coe = c.co & ext;
    dd = c.addr | c.data;
    addrpo = c.addr * c.po;
  }

  // Accesses with a barrier of that kind between.
  relation fence(barrier what) const { return M * c_.po * only(what) * c_.po * M; }

  bool consistent(const architecture& a) const {
    const relation com = c_.rf | c_.co | fr;
    if (!(po_loc | com).acyclic()) return false;  // SC PER LOCATION
    if (!atomic(c_, *this)) return false;

    const relation fences = a.strong | a.light;
    const relation hb = preserved(a.cc0) | fences | rfe;
    if (!hb.acyclic()) return false;  // NO THIN AIR

    const relation later = hb.star();
    const relation prop_base = (fences | (rfe * fences)) * later;
    const relation prop = (W * prop_base * W) | (com.star() * prop_base.star() * a.strong * later);
    if (!(fre * prop * later).irreflexive()) return false;  // OBSERVATION
    if (!(c_.co | prop).acyclic()) return false;            // PROPAGATION

    const relation X = on([](const event& e) { return e.exclusive; });
    return (c_.co | (X * c_.po * X)).acyclic();
  }

  relation M;
  relation po_loc, dd, addrpo, rfe, fre, coe;

 private:
  relation only(barrier what) const {
    return on([what](const event& e) { return e.kind == event_kind::fence && e.fence == what; });
  }

  // ppo: the least solution of the four equations, from the initial parts on. i is the init, c the
  // commit of an access: a pair of `ic` has the init of the first before the commit of the second.
  relation preserved(const relation& cc0) const {
    const relation rdw = po_loc & (fre * rfe);
    const relation detour = po_loc & (coe * rfe);
    const relation control_fenced = c_.ctrl * only(barrier::instruction) * c_.po;
    const relation rfi = c_.rf - ext;

    const relation ii0 = dd | rfi | rdw;
    const relation ci0 = control_fenced | detour;
    relation ii(size()), ic(size()), ci(size()), cc(size());
    for (std::size_t before = ~std::size_t{0}, now = 0; now != before;) {
      before = now;
      ii = ii | ii0 | ci | (ic * ci) | (ii * ii);
      ic = ic | ii | cc | (ic * cc) | (ii * ic);
      ci = ci | ci0 | (ci * ii) | (cc * ci);
      cc = cc | cc0 | ci | (ci * ic) | (cc * cc);
      now = ii.pairs() + ic.pairs() + ci.pairs() + cc.pairs();
    }
    return (R * ii * R) | (R * ic * W);
  }

  const candidate& c_;
};

}  // namespace

bool consistent_power(const candidate& c) {
  const hardware h(c);
  architecture power;
  power.cc0 = h.dd | h.po_loc | c.ctrl | h.addrpo;
  power.strong = h.fence(barrier::full);
  const relation lwsync = h.fence(barrier::light);
  const relation eieio = h.fence(barrier::eieio);
  power.light = (lwsync - (h.W * lwsync * h.R)) | (h.W * eieio * h.W);
  return h.consistent(power);
}

bool consistent_arm(const candidate& c) {
  const hardware h(c);
  architecture arm;
  arm.cc0 = h.dd | c.ctrl | h.addrpo;
  const relation stores = h.fence(barrier::store);
  arm.strong = h.fence(barrier::full) | (h.W * stores * h.W);
  arm.light = relation(h.size());
  return h.consistent(arm);
}

}  // namespace tenterhook::graphs
