// The base that ledger-bench measures against: plain C over the system's SQLite and libcrypto. Not edited.
// fsynclat FILE N BYTES MODE(append|over): write BYTES then fdatasync, N times; percentiles in us
#include "common.h"
static int cmpd(const void*a,const void*b){double x=*(double*)a,y=*(double*)b;return x<y?-1:x>y;}
int main(int a,char**v){long n=atol(v[2]),b=atol(v[3]);int over=!strcmp(v[4],"over");char*d=malloc(b);memset(d,'x',b);unlink(v[1]);int fd=open(v[1],O_CREAT|O_RDWR,0600);
 if(over){for(int i=0;i<64;i++)pwrite(fd,d,b,i*b);fsync(fd);}double*l=malloc(sizeof(double)*n),t=now();
 for(long i=0;i<n;i++){double s=now();if(pwrite(fd,d,b,(over?i%64:i)*b)!=b)return 1;fdatasync(fd);l[i]=now()-s;}
 t=now()-t;qsort(l,n,sizeof(double),cmpd);
 printf("{\"bench\":\"fdatasync_%s_%ld\",\"n\":%ld,\"secs\":%.4f,\"rate\":%.1f,\"p50_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f,\"rss_kb\":%ld}\n",v[4],b,n,t,n/t,l[n/2]*1e6,l[n*9/10]*1e6,l[n*99/100]*1e6,l[n-1]*1e6,rss());unlink(v[1]);return 0;}
