package io.github.dynarestore.internal.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.model.BackupObject;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

class RangeCollectorTest {

    private static final BackupObject OBJECT =
            new BackupObject(S3Source.uri("b", "k"), "b", "k", 4, "", Instant.EPOCH, null);

    private final RangeCollector collector = new RangeCollector(OBJECT, 0, 4);
    private final List<Subscriber<? super ByteBuffer>> subscribers = new ArrayList<>();
    private int cancels;

    private CompletableFuture<RangeBody> begin() {
        CompletableFuture<RangeBody> result = collector.prepare();
        collector.onResponse(GetObjectResponse.builder().contentLength(4L).build());
        collector.onStream(SdkPublisher.adapt(subscriber -> {
            subscribers.add(subscriber);
            subscriber.onSubscribe(new Subscription() {
                @Override
                public void request(long n) {}

                @Override
                public void cancel() {
                    cancels++;
                }
            });
        }));
        return result;
    }

    private void send(int attempt, int... bytes) {
        ByteBuffer part = ByteBuffer.allocate(bytes.length);
        for (int value : bytes) {
            part.put((byte) value);
        }
        subscribers.get(attempt).onNext(part.flip());
    }

    @Test
    void prepare_replayAfterHalfABody_startsAnewAndIgnoresTheOldBody() {
        CompletableFuture<RangeBody> first = begin();
        send(0, 9, 9);
        collector.exceptionOccurred(new IOException("reset"));
        CompletableFuture<RangeBody> second = begin();
        send(1, 1, 2);
        send(0, 9, 9);
        subscribers.get(0).onComplete();
        send(1, 3, 4);
        subscribers.get(1).onComplete();

        assertThat(first).isCompletedExceptionally();
        assertThat(second.join().bytes()).containsExactly(1, 2, 3, 4);
        assertThat(cancels).isEqualTo(1);
    }

    @Test
    void onNext_moreThanDue_failsAndCancels() {
        CompletableFuture<RangeBody> result = begin();
        send(0, 1, 2, 3);
        send(0, 4, 5);

        assertThatThrownBy(result::join).hasCauseInstanceOf(BodyMismatchException.class);
        assertThat(cancels).isEqualTo(1);
    }

    @Test
    void onComplete_lessThanDue_fails() {
        CompletableFuture<RangeBody> result = begin();
        send(0, 1, 2, 3);
        subscribers.get(0).onComplete();

        assertThatThrownBy(result::join).hasCauseInstanceOf(EOFException.class);
    }

    @Test
    void exceptionOccurred_afterTheLastByte_isAMismatchUnlessOfTransport() {
        CompletableFuture<RangeBody> refused = begin();
        send(0, 1, 2, 3, 4);
        collector.exceptionOccurred(SdkClientException.create("some words"));
        CompletableFuture<RangeBody> broken = begin();
        send(1, 1, 2, 3, 4);
        collector.exceptionOccurred(SdkClientException.create("some words", new IOException("reset")));

        assertThatThrownBy(refused::join).hasCauseInstanceOf(BodyMismatchException.class);
        assertThatThrownBy(broken::join).hasCauseInstanceOf(SdkClientException.class);
    }

    @Test
    void cancel_beforeTheBody_cancelsItWhenItComes() {
        collector.cancel();
        CompletableFuture<RangeBody> result = begin();

        assertThat(result).isNotDone();
        assertThat(cancels).isEqualTo(1);
    }
}
