package io.github.dynarestore.internal.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ByteBudgetTest {

    private final List<String> granted = new ArrayList<>();
    private final ByteBudget budget = new ByteBudget(10);

    private ByteBudget.Claim claim(String name, long bytes) {
        return budget.claim(bytes, () -> granted.add(name));
    }

    @Test
    void claim_thatDoesNotFit_waitsAndHoldsBackThoseBehind() {
        ByteBudget.Claim first = claim("first", 8);
        claim("second", 5);
        claim("third", 1);

        assertThat(granted).containsExactly("first");
        first.release();
        assertThat(granted).containsExactly("first", "second", "third");
        assertThat(budget.heldBytes()).isEqualTo(6);
    }

    @Test
    void claim_aboveTheLimit_isGrantedAlone() {
        claim("huge", 100).release();

        assertThat(granted).containsExactly("huge");
        assertThat(budget.heldBytes()).isZero();
    }

    @Test
    void insist_onWaitingClaim_grantsOverTheLimitOnce() {
        claim("first", 10);
        claim("second", 4);
        ByteBudget.Claim third = claim("third", 4);
        third.insist();
        third.insist();

        assertThat(granted).containsExactly("first", "third");
        assertThat(budget.heldBytes()).isEqualTo(14);
    }

    @Test
    void release_ofWaitingClaim_withdrawsItAndLetsOthersPass() {
        claim("first", 8);
        ByteBudget.Claim second = claim("second", 8);
        claim("third", 2);
        second.release();
        second.release();
        second.insist();

        assertThat(granted).containsExactly("first", "third");
        assertThat(budget.heldBytes()).isEqualTo(10);
        assertThat(budget.waitingClaims()).isZero();
    }
}
