"""What tests share: real peers and how to reach them."""
