package io.github.dynarestore.json;

import java.util.concurrent.atomic.AtomicLong;

/** How many documents the tests that use these oracles compare with Jackson: a campaign asks for millions. */
public final class Documents {

    /** Those that the properties look at when each of their tries looks at no more than it has to. */
    private static final int OF_ONE_ROUND = 100_000;

    /** Rounds of each try. */
    public static final int ROUNDS = Math.max(1, Integer.getInteger("dynarestore.documents", 0) / OF_ONE_ROUND);

    private static final AtomicLong COMPARED = new AtomicLong();

    private Documents() {}

    /** Counts one more. */
    public static void counted() {
        COMPARED.incrementAndGet();
    }

    /** Prints the count, and begins anew. */
    public static void sayHowMany(String test) {
        System.out.println(test + ": " + COMPARED.getAndSet(0) + " documents compared with Jackson");
    }
}
