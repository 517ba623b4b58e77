package io.github.dynarestore.internal.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.model.WriteLimit;
import io.github.dynarestore.model.WriteLimit.Kind;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.services.dynamodb.model.RequestLimitExceededException;
import software.amazon.awssdk.services.dynamodb.model.ThrottlingException;
import software.amazon.awssdk.services.dynamodb.model.ThrottlingReason;

class ThrottleReasonsTest {

    private static ThrottlingReason reason(String reason, String resource) {
        return ThrottlingReason.builder().reason(reason).resource(resource).build();
    }

    @Test
    void limit_requestLimitExceededWithoutAReason_isTheAccounts() {
        assertThat(ThrottleReasons.limit(RequestLimitExceededException.builder()
                        .awsErrorDetails(AwsErrorDetails.builder()
                                .errorCode("RequestLimitExceeded")
                                .build())
                        .build()))
                .isEqualTo(WriteLimit.of(Kind.ACCOUNT));
        assertThat(ThrottleReasons.limit(ThrottlingException.builder().build())).isNull();
    }

    @Test
    void limit_ofSeveral_isTheOneThatAsksForTheLongestWait() {
        String index = "arn:aws:dynamodb:x:1:table/t/index/by-date";
        assertThat(ThrottleReasons.limit(ThrottlingException.builder()
                        .throttlingReasons(
                                reason("TableWriteKeyRangeThroughputExceeded", "arn:aws:dynamodb:x:1:table/t"),
                                reason("IndexWriteProvisionedThroughputExceeded", index),
                                reason("SomethingNewExceeded", index))
                        .build()))
                .hasToString("GSI by-date");
    }
}
