package io.github.dynarestore.internal.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.internal.plan.TableCapacity.Source;
import io.github.dynarestore.internal.plan.TableCapacity.Throughput;
import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.model.WriteRate;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;

class TableCapacityTest {

    private static TableDescription.Builder onDemand() {
        // The service says 0 provisioned units of a table on demand.
        return TableDescription.builder()
                .billingModeSummary(mode -> mode.billingMode(BillingMode.PAY_PER_REQUEST))
                .provisionedThroughput(zero -> zero.writeCapacityUnits(0L));
    }

    @Test
    void of_tableThatIsToBeCreated_isWhatItAndEachIndexWillHave() {
        TableSetup setup = DescribedTable.parse("""
                {"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"},{"AttributeName":"d","AttributeType":"N"}],
                 "KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],
                 "BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST"},
                 "OnDemandThroughput":{"MaxReadRequestUnits":-1,"MaxWriteRequestUnits":700},
                 "GlobalSecondaryIndexes":[{"IndexName":"by-date","KeySchema":[{"AttributeName":"d","KeyType":"HASH"}],
                   "Projection":{"ProjectionType":"ALL"},
                   "OnDemandThroughput":{"MaxReadRequestUnits":-1,"MaxWriteRequestUnits":60}}]}""");
        KeySchema key = new KeySchema(new KeySchema.Attribute("id", KeySchema.Type.S), null);

        assertThat(TableCapacity.of(TableSetup.planned(setup.create("t", key))))
                .isEqualTo(new TableCapacity(
                        new Throughput(700, Source.MAXIMUM), Map.of("by-date", new Throughput(60, Source.MAXIMUM))));
    }

    @Test
    void of_provisionedTable_isWhatTableAndEachIndexHave() {
        TableCapacity capacity = TableCapacity.of(TableDescription.builder()
                .provisionedThroughput(units -> units.writeCapacityUnits(500L))
                .warmThroughput(warm -> warm.writeUnitsPerSecond(4_000L))
                .globalSecondaryIndexes(GlobalSecondaryIndexDescription.builder()
                        .indexName("by-date")
                        .provisionedThroughput(units -> units.writeCapacityUnits(50L))
                        .build())
                .build());

        assertThat(capacity)
                .isEqualTo(new TableCapacity(
                        new Throughput(500, Source.PROVISIONED),
                        Map.of("by-date", new Throughput(50, Source.PROVISIONED))));
        assertThat(TableCapacity.unitsPerSecond(WriteRate.fractionOfTable(0.5), capacity.table()))
                .isEqualTo(250);
        assertThat(TableCapacity.unitsPerSecond(WriteRate.unitsPerSecond(7), capacity.table()))
                .isEqualTo(7);
    }

    @Test
    void of_onDemandTable_isItsMaximumElseItsWarmThroughputElseThatOfANewOne() {
        TableDescription.Builder table = onDemand();
        assertThat(TableCapacity.of(table.build()).table()).isEqualTo(new Throughput(4_000, Source.ASSUMED));

        table.warmThroughput(warm -> warm.writeUnitsPerSecond(12_000L));
        assertThat(TableCapacity.of(table.build()).table()).isEqualTo(new Throughput(12_000, Source.WARM));

        // As the service says that there is none.
        table.onDemandThroughput(most -> most.maxWriteRequestUnits(-1L));
        assertThat(TableCapacity.of(table.build()).table()).isEqualTo(new Throughput(12_000, Source.WARM));

        table.onDemandThroughput(most -> most.maxWriteRequestUnits(900L));
        table.globalSecondaryIndexes(GlobalSecondaryIndexDescription.builder()
                .indexName("by-date")
                .onDemandThroughput(most -> most.maxWriteRequestUnits(90L))
                .build());
        assertThat(TableCapacity.of(table.build()))
                .isEqualTo(new TableCapacity(
                        new Throughput(900, Source.MAXIMUM), Map.of("by-date", new Throughput(90, Source.MAXIMUM))));
    }
}
