package import Broker
import Ledger

extension ChannelSession: AckTarget {}
