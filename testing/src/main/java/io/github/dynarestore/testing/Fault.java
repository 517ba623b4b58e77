package io.github.dynarestore.testing;

import java.io.IOException;
import java.time.Duration;

/** What a {@link FaultProxy} does to one request. */
public sealed interface Fault {

    /** On which side of the server's work a fault lies. */
    enum When {
        /** The server never sees the request. */
        BEFORE_FORWARDING,
        /** The server has done the work, and the client does not learn of it. */
        AFTER_FORWARDING
    }

    /** How a connection breaks. */
    enum Ending {
        /** The proxy closes it in order. */
        FIN,
        /** The proxy resets it. */
        RST,
        /** The proxy falls silent and keeps it open until the proxy is closed or the client goes. */
        SILENCE
    }

    /** No fault. */
    record Pass() implements Fault {}

    /**
     * The client gets this answer.
     *
     * @param reply what it gets
     * @param when whether the server does its work
     */
    record Reply(HttpReply reply, When when) implements Fault {}

    /**
     * The client gets no answer.
     *
     * @param when whether the server does its work
     * @param ending how the connection breaks
     */
    record Break(When when, Ending ending) implements Fault {}

    /**
     * The request waits.
     *
     * @param duration how long
     * @param then what happens to it afterwards
     */
    record Delay(Duration duration, Fault then) implements Fault {
        /** Checks the range. */
        public Delay {
            if (duration.isNegative()) {
                throw new IllegalArgumentException("a delay must not be negative, not " + duration);
            }
        }
    }

    /**
     * The client gets the server's header and the beginning of the body; the length that is told is that of the whole.
     *
     * @param bytes how much of the body is sent, of which a reset may swallow some on the way; a shorter body is sent
     *     whole and the connection broken all the same
     * @param ending how the connection breaks
     */
    record CutBody(long bytes, Ending ending) implements Fault {
        /** Checks the range. */
        public CutBody {
            if (bytes < 0) {
                throw new IllegalArgumentException("a body cannot be cut after " + bytes + " bytes");
            }
        }
    }

    /**
     * The client gets the server's header without a length and the beginning of the body, and the connection is closed in
     * order: all looks well.
     *
     * @param bytes how much of the body is sent
     */
    record Unmeasured(long bytes) implements Fault {
        /** Checks the range. */
        public Unmeasured {
            if (bytes < 0) {
                throw new IllegalArgumentException("a body cannot be cut after " + bytes + " bytes");
            }
        }
    }

    /**
     * One byte of the answer's body has its lowest bit turned round; checksums in the header stay as they are.
     *
     * @param offset which byte, from 0; in a shorter body it is the last one
     */
    record FlipByte(long offset) implements Fault {
        /** Checks the range. */
        public FlipByte {
            if (offset < 0) {
                throw new IllegalArgumentException("there is no byte " + offset);
            }
        }
    }

    /**
     * Somebody stands in for the server.
     *
     * @param rewriting who
     */
    record Rewrite(Rewriting rewriting) implements Fault {}

    /** Stands in for the server, and may ask it. Called by many threads at once. */
    @FunctionalInterface
    interface Rewriting {
        /** Answers a request. */
        HttpReply answer(ProxiedRequest request, Upstream upstream) throws IOException;
    }

    /** The server behind the proxy. */
    @FunctionalInterface
    interface Upstream {
        /** Asks the server. */
        HttpReply forward(ProxiedRequest request) throws IOException;
    }

    /** Returns no fault. */
    static Fault pass() {
        return new Pass();
    }

    /** Returns an answer in place of the server's, which never sees the request. */
    static Fault reply(HttpReply reply) {
        return new Reply(reply, When.BEFORE_FORWARDING);
    }

    /** Returns an answer in place of the server's, which has done the work. */
    static Fault replyAfterForwarding(HttpReply reply) {
        return new Reply(reply, When.AFTER_FORWARDING);
    }

    /** Returns a reset connection; the server never sees the request. */
    static Fault resetBeforeForwarding() {
        return new Break(When.BEFORE_FORWARDING, Ending.RST);
    }

    /** Returns a reset connection; the server has done the work. */
    static Fault resetAfterForwarding() {
        return new Break(When.AFTER_FORWARDING, Ending.RST);
    }

    /** Returns a connection closed without an answer; the server never sees the request. */
    static Fault closeBeforeForwarding() {
        return new Break(When.BEFORE_FORWARDING, Ending.FIN);
    }

    /** Returns a connection closed without an answer; the server has done the work. */
    static Fault closeAfterForwarding() {
        return new Break(When.AFTER_FORWARDING, Ending.FIN);
    }

    /** Returns no answer, ever; the server never sees the request. */
    static Fault hang() {
        return new Break(When.BEFORE_FORWARDING, Ending.SILENCE);
    }

    /** Returns a wait before the request is forwarded. */
    static Fault delay(Duration duration) {
        return new Delay(duration, pass());
    }

    /** Returns an answer of which only so many bytes of the body arrive. */
    static Fault cutBody(long bytes, Ending ending) {
        return new CutBody(bytes, ending);
    }

    /** Returns an answer that tells no length, of which only so many bytes of the body arrive. */
    static Fault unmeasured(long bytes) {
        return new Unmeasured(bytes);
    }

    /** Returns an answer with one bit turned round. */
    static Fault flipByte(long offset) {
        return new FlipByte(offset);
    }

    /** Returns a stand-in for the server. */
    static Fault rewrite(Rewriting rewriting) {
        return new Rewrite(rewriting);
    }
}
