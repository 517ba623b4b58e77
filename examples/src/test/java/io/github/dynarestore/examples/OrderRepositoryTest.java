package io.github.dynarestore.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.testing.RestoredTable;
import io.github.dynarestore.testing.TableName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

@RestoredTable(name = "orders", from = "classpath:orders/", reset = RestoredTable.Reset.EACH_TEST)
class OrderRepositoryTest {

    private final OrderRepository orders;

    OrderRepositoryTest(DynamoDbClient dynamoDb, @TableName String table) {
        orders = new OrderRepository(dynamoDb, table);
    }

    @Test
    void total_ofACustomer_addsUpItsOrders() {
        assertThat(orders.total("ada")).isEqualByComparingTo("25");
    }

    @Test
    void cancel_order_takesItFromTheTotal() {
        orders.cancel("ada", 2);

        assertThat(orders.total("ada")).isEqualByComparingTo("19.90");
    }
}
